import { AppError } from '../domain/error.ts';
import type { PipelineSnapshot } from '../domain/event.ts';
import type { TriggerId } from '../domain/ids.ts';
import { triggerIdVariable } from '../domain/ids.ts';
import type { Trigger } from '../domain/trigger.ts';
import type { AccessFor, TriggerAccess } from './access.ts';
import type { ApplyEvent } from './apply-event.ts';
import type { ApplyInbox } from './apply-inbox.ts';
import { backoffMs } from './backoff.ts';
import type { Performer } from './perform.ts';
import type { Clock, GitLab, PipelineOfRef, Secrets, TriggerStore } from './ports.ts';
import { GitLabUnavailable } from './unavailable.ts';

/** Clocks differ: a pipeline of ours may carry a creation time from before our request. */
const clockSkewMs = 300_000;
/** How long GitLab may go on with a request whose sender has died: it gives itself a minute. */
const crashSettleMs = 60_000;
/** For a pipeline that cannot carry our variable: whether it was made can never be told. */
const neverClear = Number.MAX_SAFE_INTEGER;

const noSecrets: Secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'secretsOf'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly applyInbox: ApplyInbox;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Brings a requested trigger to its pipeline: makes a new one, or finds the one to retry. That a request goes out
 * is stored before it is sent, and one that may have been carried out unseen is never repeated before GitLab was
 * searched for its pipeline for as long as it can take to show up: never two pipelines for one trigger.
 */
export function startPipelineWith({
  store,
  accessFor,
  applyEvent,
  applyInbox,
  clock,
  signal,
}: Deps): Performer {
  async function started(id: TriggerId, pipeline: PipelineSnapshot): Promise<void> {
    await applyEvent(id, { type: 'pipelineStarted', at: clock.now(), pipeline });
    await applyInbox(id);
  }

  const tried = (id: TriggerId, reason: string | null, unclearUntil: number | null): Promise<Trigger> =>
    applyEvent(id, { type: 'startTried', at: clock.now(), reason, unclearUntil });

  /** The trigger as it is now, while it waits for its pipeline and we are not to stop. */
  async function findRequested(id: TriggerId): Promise<Trigger | null> {
    const stored = signal.aborted ? undefined : await store.find(id);
    return stored?.trigger.state.kind === 'requested' ? stored.trigger : null;
  }

  const isStillRequested = async (id: TriggerId): Promise<boolean> => (await findRequested(id)) !== null;

  /** Looks for the pipeline of a request that may have been carried out, until it must have shown up. */
  async function settle(trigger: Trigger, access: TriggerAccess, unclearUntil: number): Promise<void> {
    const { id, request, createdAt } = trigger;
    for (let attempt = 0; await isStillRequested(id); attempt += 1) {
      const isLastLook = clock.now() >= unclearUntil || unclearUntil === neverClear;
      const found = access.mayRead
        ? await access.gitlab.findPipeline(request.project, request.ref, id, createdAt - clockSkewMs)
        : null;
      if (found !== null) return started(id, found);
      if (isLastLook) {
        if (!access.mayRead || unclearUntil === neverClear) throw cannotTell();
        await tried(id, null, null);
        return;
      }
      await clock.sleep(Math.min(backoffMs(attempt, null), unclearUntil - clock.now()), signal);
    }
  }

  /** Sends the one request that must not be sent twice. */
  async function create(
    { id, request }: Trigger,
    { gitlab }: TriggerAccess,
    carriesId: boolean,
  ): Promise<void> {
    const { variables, inputs } = (await store.secretsOf(id)) ?? noSecrets;
    const { project, ref } = request;
    const ours = carriesId ? { [triggerIdVariable]: id } : {};
    const announced = await tried(id, null, carriesId ? clock.now() + crashSettleMs : neverClear);
    // Given up in the last moment: nothing has been sent yet.
    if (announced.state.kind !== 'requested') return;
    const order = { project, ref, inputs, variables: { ...variables, ...ours } };
    const { pipeline, configError } = await gitlab.createPipeline(order);
    if (configError === null) return started(id, pipeline);
    await applyEvent(id, { type: 'startRefused', at: clock.now(), reason: configError, pipeline });
  }

  /** Creates; after an unclear answer finds out what came of it. Throws when it is to be tried again. */
  async function createOnce(trigger: Trigger, access: TriggerAccess, carriesId = true): Promise<void> {
    const { id } = trigger;
    try {
      await create(trigger, access, carriesId);
    } catch (error) {
      if (carriesId && forbidsVariables(error) && !(await bringsVariables(id)))
        return createOnce(trigger, access, false);
      if (!(error instanceof GitLabUnavailable)) throw error;
      const unclearUntil = unclearAfter(error, carriesId);
      await tried(id, error.message, unclearUntil);
      if (unclearUntil !== null) await settle(trigger, access, unclearUntil);
      if (await isStillRequested(id)) throw error;
    }
  }

  const bringsVariables = async (id: TriggerId): Promise<boolean> =>
    Object.keys((await store.secretsOf(id))?.variables ?? {}).length > 0;

  function unclearAfter({ unanswered: { settleMs } }: GitLabUnavailable, carriesId: boolean): number | null {
    if (settleMs === null) return null;
    return carriesId ? clock.now() + settleMs : neverClear;
  }

  /** The ancestor's rules: a pipeline that is outdated or succeeded is not retried, a new one is made. */
  async function findOrCreate(trigger: Trigger, access: TriggerAccess): Promise<void> {
    const { project, ref } = trigger.request;
    const pipeline = await pipelineToRetry(trigger, access.gitlab);
    const { id, status, sha } = pipeline;
    const tip = await access.gitlab.tipOf(project, ref);
    await applyEvent(trigger.id, {
      type: 'candidateFound',
      at: clock.now(),
      candidate: { id, status, sha, tip },
    });
    if (sha !== tip || status === 'success') return createOnce(trigger, access);
    await applyEvent(trigger.id, { type: 'pipelineFound', at: clock.now(), pipeline });
  }

  async function start(trigger: Trigger, access: TriggerAccess): Promise<void> {
    const { retry, pipelineId } = trigger.request;
    const wantsRetry = retry || pipelineId !== null;
    if (!access.mayCreate) throw missingToken('create the pipeline');
    if (wantsRetry && !access.mayRead) throw missingToken('find the pipeline to retry');
    await (wantsRetry ? findOrCreate(trigger, access) : createOnce(trigger, access));
  }

  return async function startPipeline(trigger) {
    const { id, state } = trigger;
    if (state.kind !== 'requested') return;
    try {
      const access = await accessFor(trigger);
      if (state.unclearUntil !== null) await settle(trigger, access, state.unclearUntil);
      const current = await findRequested(id);
      if (current === null) return;
      if (current.cancel === null) await start(current, access);
      else await applyEvent(id, { type: 'startAbandoned', at: clock.now() });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await applyEvent(id, { type: 'startRefused', at: clock.now(), reason: error.message });
    }
  };
}

async function pipelineToRetry({ request }: Trigger, gitlab: GitLab): Promise<PipelineOfRef> {
  const { project, ref, pipelineId } = request;
  if (pipelineId !== null) return gitlab.showPipeline(project, pipelineId);
  const newest = await gitlab.newestPipeline(project, ref);
  if (newest === null)
    throw new AppError('gitlab_refused', `expected to find at least one pipeline for ref ${ref}`);
  return newest;
}

const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'gitlab_refused' || error.code === 'not_found');

/** Projects can forbid variables from outside: then the pipeline has to do without our id. */
const forbidsVariables = (error: unknown): boolean =>
  isRefusal(error) && /pipeline variables/i.test(error.message);

const missingToken = (purpose: string): AppError =>
  new AppError('gitlab_refused', `there is no GitLab token to ${purpose}`);

/** Better an error than a second pipeline. */
const cannotTell = (): AppError =>
  new AppError(
    'gitlab_refused',
    'GitLab may or may not have created the pipeline, and there is no API token to look it up with',
  );
