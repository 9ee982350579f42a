import type { Clock, ConnectGitLab, GitLab } from '../ports/index.ts';
import { isLasting, isRefusal } from '../ports/gitlab-unavailable.ts';

/**
 * The actions that wait for a GitLab that gives no answers. Its first answer wakes all of them; until then they try one
 * after the other, so that the recovery is noticed sooner than by the back-off of each.
 */
export interface HostRecovery {
  /** For an action: resolves after the time, when GitLab answers, on its turn to try, or on the signal. */
  readonly wait: (gitlabUrl: string, ms: number, signal: AbortSignal) => Promise<void>;
  /** For work that can wait: gets no turn to try. @returns whether GitLab has answered in the meantime */
  readonly waitIdly: (gitlabUrl: string, ms: number, signal: AbortSignal) => Promise<boolean>;
  /** GitLab has answered. */
  readonly answered: (gitlabUrl: string) => void;
}

/** How often one of the actions tries. Shorter than the 5 s within which a recovery must be noticed. */
const probeMs = 3_000;
/** How many are woken together, a group after each of these pauses, to spare a GitLab that has just recovered. */
const groupSize = 10;
const groupPauseMs = 100;
const longestPauseMs = 1_000;

type Wake = () => void;

/** The actions that wait for one GitLab, the longest waiting first. */
interface Waiting {
  readonly active: Set<Wake>;
  readonly idle: Set<Wake>;
  isProbed: boolean;
}

export function createHostRecovery(clock: Clock): HostRecovery {
  const waitingFor = new Map<string, Waiting>();

  function waitingOf(gitlabUrl: string): Waiting {
    const waiting = waitingFor.get(gitlabUrl) ?? { active: new Set(), idle: new Set(), isProbed: false };
    waitingFor.set(gitlabUrl, waiting);
    return waiting;
  }

  function forgetIfEmpty(gitlabUrl: string, { active, idle, isProbed }: Waiting): void {
    if (active.size + idle.size === 0 && !isProbed) waitingFor.delete(gitlabUrl);
  }

  /** Gives the action that has waited longest its turn, for as long as any waits. */
  async function probe(gitlabUrl: string, waiting: Waiting, signal: AbortSignal): Promise<void> {
    waiting.isProbed = true;
    while (waiting.active.size > 0 && !signal.aborted) {
      await clock.sleep(probeMs, signal);
      const [longest] = waiting.active;
      longest?.();
    }
    waiting.isProbed = false;
    forgetIfEmpty(gitlabUrl, waiting);
  }

  async function waitAs(
    kind: 'active' | 'idle',
    gitlabUrl: string,
    ms: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (signal.aborted) return false;
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    const waiting = waitingOf(gitlabUrl);
    waiting[kind].add(wake);
    if (kind === 'active' && !waiting.isProbed) void probe(gitlabUrl, waiting, signal);
    signal.addEventListener('abort', wake, { once: true });
    await clock.sleep(ms, woken.signal);
    signal.removeEventListener('abort', wake);
    waiting[kind].delete(wake);
    forgetIfEmpty(gitlabUrl, waiting);
    return woken.signal.aborted && !signal.aborted;
  }

  return {
    wait: async (gitlabUrl, ms, signal) => {
      await waitAs('active', gitlabUrl, ms, signal);
    },
    waitIdly: (gitlabUrl, ms, signal) => waitAs('idle', gitlabUrl, ms, signal),

    answered(gitlabUrl) {
      const waiting = waitingFor.get(gitlabUrl);
      if (waiting === undefined) return;
      const all = [...waiting.active, ...waiting.idle];
      waiting.active.clear();
      waiting.idle.clear();
      for (const [index, wake] of all.entries()) {
        const pauseMs = Math.min(Math.floor(index / groupSize) * groupPauseMs, longestPauseMs);
        if (pauseMs === 0) wake();
        else void clock.sleep(pauseMs).then(wake);
      }
    },
  };
}

/** Methods that send no request to GitLab. */
const localMethods: ReadonlySet<string> = new Set<keyof GitLab>(['pauseMs', 'withTraces']);

/** Wraps GitLab and reports each of its own answers, refusals included. */
export const reportingAnswers = (
  connect: ConnectGitLab,
  { answered }: Pick<HostRecovery, 'answered'>,
): ConnectGitLab =>
  function connectReporting(access) {
    const report = (method: (...args: never[]) => Promise<unknown>) =>
      async function callReporting(...args: never[]): Promise<unknown> {
        try {
          const answer = await method(...args);
          answered(access.url);
          return answer;
        } catch (error) {
          if (isRefusal(error) && !isLasting(error)) answered(access.url);
          throw error;
        }
      };
    const reporting = Object.entries(connect(access)).map(([name, method]) => [
      name,
      localMethods.has(name) ? (method as unknown) : report(method as never),
    ]);
    return Object.fromEntries(reporting) as GitLab;
  };
