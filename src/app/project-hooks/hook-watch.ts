import type { Delivery } from '../../domain/delivery.ts';
import { messageOf } from '../../domain/error.ts';
import type { Examination } from '../../domain/project-hooks/examine.ts';
import { examine } from '../../domain/project-hooks/examine.ts';
import type { HookFinding } from '../../domain/project-hooks/finding.ts';
import { isSerious } from '../../domain/project-hooks/finding.ts';
import type { DesiredHook, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import { likelyReceiver, receiverOf } from '../../domain/project-hooks/receiver-url.ts';
import type { Clock, Log, TriggerStore } from '../ports/index.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import { createArrivalLog } from './arrival-log.ts';
import { groupHooksOf } from './inspect-hooks.ts';
import type { MissedDeliveries } from './missed-deliveries.ts';
import { missedFindings } from './missed-deliveries.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { PendingProject } from './pending-projects.ts';
import { pendingProjects } from './pending-projects.ts';

/** Whether a project's webhooks arrive. `unknown`: it cannot be found out, without a token or the right to see hooks. */
export type HookState = 'healthy' | 'unhealthy' | 'unknown';

/** The state of the hooks of a project that pending triggers wait for. */
export interface HookHealth {
  readonly project: string;
  readonly state: HookState;
  /** Since when it is in this state, milliseconds since the epoch. */
  readonly since: number;
  /** Why webhooks do not arrive. */
  readonly findings: readonly HookFinding[];
  /** How many pending triggers wait for the project. */
  readonly triggers: number;
}

/** Notices pending triggers whose project has no healthy hook. */
export interface HookWatch {
  /** To be called when a webhook of a pipeline has arrived, which proves a working hook without asking GitLab. */
  readonly arrived: (delivery: Delivery) => void;
  readonly round: () => Promise<void>;
  /** Runs rounds until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** The state of every project that pending triggers wait for. */
  readonly health: () => readonly HookHealth[];
  /** @param project as a trigger names it. @returns null: no pending trigger waits for it, or it was not inspected yet */
  readonly hookHealthOf: (project: string) => HookHealth | null;
  /** The number of projects whose pending triggers get updates from the sweep alone. */
  readonly projectsWithoutHook: () => readonly HookHealth[];
}

interface Deps {
  /** Null: there is no token for GitLab. */
  readonly gitlab: Pick<GitLabHooks, 'hooksOf' | 'hooksOfGroup'> | null;
  readonly missedDeliveries: Pick<MissedDeliveries, 'find'>;
  /** Null: PUBLIC_URL is not set, and only the path of the receiver is known. */
  readonly desired: DesiredHook | null;
  readonly gitlabUrl: string;
  readonly store: Pick<TriggerStore, 'findQuietTriggers'>;
  readonly clock: Clock;
  readonly log: Log;
  /** After how long without an update a trigger is polled. */
  readonly quietMs: number;
}

/** The most projects that one round inspects, so that many silent projects cause no burst. */
const looksPerRound = 5;

/** What is known of one project. */
interface Known {
  state: HookState;
  since: number;
  findings: readonly HookFinding[];
  nextPoll: number;
  lookedAt: number;
  /** How often in a row no problem was found: the project is inspected more and more rarely. */
  calm: number;
}

// eslint-disable-next-line max-lines-per-function -- the steps of a round share what is known of each project
export function createHookWatch(deps: Deps): HookWatch {
  const { gitlab, missedDeliveries, desired, gitlabUrl, store, clock, log, quietMs } = deps;
  const everyMs = Math.max(quietMs / 4, 250);
  /** GitLab sends a pipeline's first webhook within seconds. */
  const graceMs = Math.max(quietMs / 2, 5_000);
  const pauseMs = 5 * quietMs;
  const longestPauseMs = 60 * quietMs;
  const arrivals = createArrivalLog(gitlabUrl);
  const known = new Map<string, Known>();
  let projects: readonly PendingProject[] = [];

  function set(
    { key, project, triggers }: PendingProject,
    state: HookState,
    findings: readonly HookFinding[],
  ): void {
    const now = clock.now();
    const before = known.get(key);
    const calm = state === 'healthy' ? (before?.calm ?? 0) + 1 : 0;
    const rest =
      state === 'unknown' ? longestPauseMs : Math.min(pauseMs * 2 ** Math.max(calm - 1, 0), longestPauseMs);
    const since = before?.state === state ? before.since : now;
    known.set(key, { state, since, findings, calm, nextPoll: now + rest, lookedAt: now });
    if (before?.state === state) return;
    const codes = findings.map(({ code }) => code);
    if (state === 'unhealthy')
      log.warn(
        { project, triggers, findings: codes },
        'pending triggers have no healthy hook: run hooks doctor',
      );
    if (before?.state === 'unhealthy' && state === 'healthy')
      log.info({ project }, 'webhooks are arriving again');
  }

  const lastArrival = ({ names }: PendingProject): number => arrivals.lastArrival(names);

  function isDue(project: PendingProject, now: number): boolean {
    const { nextPoll = project.since + graceMs, lookedAt = now } = known.get(project.key) ?? {};
    const soonest = project.isSuspect ? Math.min(nextPoll, lookedAt + pauseMs) : nextPoll;
    return now >= Math.max(soonest, lastArrival(project) + pauseMs);
  }

  async function examined({ project }: PendingProject): Promise<Examination | null> {
    if (gitlab === null) return null;
    const hooks = await gitlab.hooksOf(project);
    const own = desired === null ? null : examine(hooks, [], desired);
    if (own !== null && own.hook !== null && !own.findings.some(isSerious)) return own;
    const ofGroups = await groupHooksOf(gitlab, project);
    const wanted = desired ?? guess([...hooks, ...ofGroups]);
    return wanted === null ? null : examine(hooks, ofGroups, wanted);
  }

  async function look(project: PendingProject): Promise<void> {
    const seen = await examined(project);
    if (seen === null) {
      set(project, 'unknown', []);
      return;
    }
    const { hook, isOfGroup, findings } = seen;
    const serious = findings.filter(isSerious);
    // Where GitLab does not disable hooks that fail, only their log shows it.
    const mayFail =
      hook !== null && !isOfGroup && serious.length === 0 && lastArrival(project) < project.since;
    const { needed } = mayFail ? await missedDeliveries.find(project.project, hook.id) : { needed: [] };
    const wrong = [...serious, ...missedFindings(hook, { needed, spare: [] })];
    set(project, wrong.length === 0 ? 'healthy' : 'unhealthy', wrong);
  }

  async function tryToLook(project: PendingProject): Promise<void> {
    try {
      await look(project);
    } catch (error) {
      if (isRefusal(error)) {
        set(project, 'unknown', []);
        return;
      }
      const before = known.get(project.key);
      const nextPoll = clock.now() + pauseMs;
      known.set(project.key, {
        state: 'unknown',
        since: clock.now(),
        findings: [],
        calm: 0,
        lookedAt: clock.now(),
        ...before,
        nextPoll,
      });
      log.warn({ project: project.project, error: messageOf(error) }, 'hooks could not be inspected');
    }
  }

  function forgetOthers(now: number): void {
    const keys = new Set(projects.map(({ key }) => key));
    for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
    arrivals.forgetBefore(now - longestPauseMs);
  }

  async function round(): Promise<void> {
    const now = clock.now();
    projects = await pendingProjects(store, gitlabUrl);
    forgetOthers(now);
    for (const project of projects)
      if (!known.has(project.key) && lastArrival(project) > 0) set(project, 'healthy', []);
    if (gitlab === null) return;
    const due = projects.filter((project) => isDue(project, now));
    for (const project of due.slice(0, looksPerRound)) await tryToLook(project);
  }

  const healthOf = (project: PendingProject): HookHealth => {
    const { state = 'unknown', since = project.since, findings = [] } = known.get(project.key) ?? {};
    return { project: project.project, triggers: project.triggers, state, since, findings };
  };

  return {
    arrived(delivery) {
      const names = arrivals.record(delivery);
      const project = projects.find((each) => each.names.some((name) => names.includes(name)));
      if (project !== undefined && known.get(project.key)?.state !== 'healthy') set(project, 'healthy', []);
    },
    round,
    async run(signal) {
      await clock.sleep(everyMs, signal);
      while (!signal.aborted) {
        await round().catch((error: unknown) => log.error({ error: messageOf(error) }, 'hooks not watched'));
        await clock.sleep(everyMs, signal);
      }
    },
    health: () => projects.map(healthOf),
    hookHealthOf: (name) => {
      const project = projects.find(({ names }) => names.includes(name.toLowerCase()));
      return project === undefined ? null : healthOf(project);
    },
    projectsWithoutHook: () => projects.map(healthOf).filter(({ state }) => state === 'unhealthy'),
  };
}

/** Without PUBLIC_URL the receiver is guessed from the hooks; a project without any hook has none of ours either. */
function guess(hooks: readonly ProjectHook[]): DesiredHook | null {
  const url = hooks.length === 0 ? receiverOf('') : likelyReceiver(hooks.map((hook) => hook.url));
  return url === null
    ? null
    : { url, takesSecret: false, takesSignature: false, verifiesTls: null, movedFrom: null };
}
