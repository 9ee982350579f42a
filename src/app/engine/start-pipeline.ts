import { isJobCallerId } from '../../domain/access/claims.ts';
import { AppError } from '../../domain/error.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { triggerIdVariable } from '../../domain/ids.ts';
import { shortRef } from '../../domain/trigger/ref.ts';
import type { Trigger, TriggerRequest, InDoubt } from '../../domain/trigger/trigger.ts';
import { isRunning, inDoubtOf } from '../../domain/trigger/trigger.ts';
import { createAllowedProject } from './allowed-project.ts';
import type { AccessFor, TriggerAccess } from './gitlab-access.ts';
import type { ApplyEvent } from './apply-event.ts';
import { backoffMs } from '../../domain/backoff.ts';
import { createFindEarlier, createFindCreatedPipeline } from './find-created-pipeline.ts';
import type { Performer } from './perform.ts';
import type { TakeUpPipeline } from './take-up-pipeline.ts';
import type { Clock, GitLab, PipelineOfRef, Secrets, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, isRefusal, requestLifeMs } from '../ports/gitlab-unavailable.ts';

/** After how many refusals in a row a search is given up: a single one may be a temporary failure of the token. */
const refusedSearches = 5;

const noSecrets: Secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

/** How the pipeline of a request is to be recognised: by our id unless GitLab forbids variables. */
type Mark = Pick<InDoubt, 'newestBefore'>;
const byOurId: Mark = {};
const carriesId = (mark: Mark): boolean => mark.newestBefore === undefined;

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'secretsOf' | 'list'>;
  readonly accessFor: AccessFor;
  readonly applyEvent: ApplyEvent;
  readonly takeUpPipeline: TakeUpPipeline;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Starts the pipeline of a requested trigger: creates one, or finds the one to retry. A request is stored before it is
 * sent, and a request that may have been carried out is never repeated before GitLab was searched for its pipeline for
 * as long as it can take to appear: one trigger never gets two pipelines.
 */
// eslint-disable-next-line max-lines-per-function -- the steps of one start call each other; each is short
export function createStartPipeline({
  store,
  accessFor,
  applyEvent,
  takeUpPipeline,
  clock,
  signal,
}: Deps): Performer {
  const findCreatedPipeline = createFindCreatedPipeline({ store });
  const findEarlier = createFindEarlier({ findCreatedPipeline, clock });
  const allowedProject = createAllowedProject({ clock });

  async function started(id: TriggerId, pipeline: PipelineSnapshot, mark: Mark = byOurId): Promise<void> {
    await takeUpPipeline(id, pipeline, { carriesNoId: !carriesId(mark) });
  }

  const tried = (id: TriggerId, reason: string | null, inDoubt: InDoubt | null): Promise<Trigger> =>
    applyEvent(id, { type: 'startTried', at: clock.now(), reason, inDoubt });

  async function abandon(id: TriggerId): Promise<void> {
    await applyEvent(id, { type: 'startAbandoned', at: clock.now() });
  }

  /** The trigger in its stored state, unless the service stops. */
  const findNow = async (id: TriggerId): Promise<Trigger | undefined> =>
    signal.aborted ? undefined : (await store.find(id))?.trigger;

  async function findRequested(id: TriggerId): Promise<Trigger | null> {
    const trigger = await findNow(id);
    return trigger?.state.kind === 'requested' ? trigger : null;
  }

  /** Searches for the pipeline of a request that may have been carried out, until it must have appeared. */
  async function settle(id: TriggerId, access: TriggerAccess, inDoubt: InDoubt): Promise<void> {
    let refused = 0;
    for (let attempt = 0; ; attempt += 1) {
      const trigger = await findNow(id);
      if (trigger === undefined || inDoubtOf(trigger) === null) return;
      const leftMs = inDoubt.inDoubtUntil - clock.now();
      const look = await findCreatedPipeline(trigger, access, inDoubt);
      if (look.kind === 'found') return started(id, look.pipeline);
      refused = look.kind === 'doubt' && look.mayPass ? refused + 1 : 0;
      const mayPass = refused > 0 && refused < refusedSearches;
      if (leftMs <= 0 && !mayPass) {
        if (look.kind === 'doubt') throw cannotTell(look.why);
        await tried(id, null, null);
        return;
      }
      const pauseMs = backoffMs(attempt, null, Math.random());
      await clock.sleep(leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs, signal);
    }
  }

  /** Sends the request that must not be sent twice. */
  async function create({ id, request }: Trigger, { gitlab }: TriggerAccess, mark: Mark): Promise<void> {
    const { variables, inputs } = (await store.secretsOf(id)) ?? noSecrets;
    const { project, ref } = request;
    const ours = carriesId(mark) ? { [triggerIdVariable]: id } : {};
    const announced = await tried(id, null, { inDoubtUntil: clock.now() + requestLifeMs, ...mark });
    // The trigger has ended in the meantime: nothing has been sent yet.
    if (announced.state.kind !== 'requested') return;
    const order = { project, ref, inputs, variables: { ...variables, ...ours } };
    const { pipeline, configError } = await gitlab.createPipeline(order);
    if (configError === null) return started(id, pipeline, mark);
    await applyEvent(id, { type: 'startRefused', at: clock.now(), reason: configError, pipeline });
  }

  /** Creates the pipeline; after an unclear answer searches for it. Throws when it is to be attempted again. */
  async function createOnce(trigger: Trigger, access: TriggerAccess, mark: Mark = byOurId): Promise<void> {
    const { id } = trigger;
    try {
      await create(trigger, access, mark);
    } catch (error) {
      if (carriesId(mark) && forbidsVariables(error) && !(await bringsVariables(id)))
        return createWithoutId(id, access);
      if (!(error instanceof GitLabUnavailable)) throw error;
      const { inDoubtMs } = error.unanswered;
      const inDoubt = inDoubtMs === null ? null : { inDoubtUntil: clock.now() + inDoubtMs, ...mark };
      await tried(id, error.message, inDoubt);
      if (inDoubt !== null) await settle(id, access, inDoubt);
      if ((await findRequested(id)) !== null) throw error;
    }
  }

  /** GitLab has refused the request that carried our id, so no pipeline was created. */
  async function createWithoutId(id: TriggerId, access: TriggerAccess): Promise<void> {
    const trigger = await tried(id, null, null);
    if (trigger.state.kind !== 'requested') return;
    if (trigger.cancel !== null) return abandon(id);
    const { project, ref } = trigger.request;
    const newestBefore = access.mayRead
      ? ((await access.gitlab.newestPipeline(project, ref))?.id ?? 0)
      : null;
    await createOnce(trigger, access, { newestBefore });
  }

  const bringsVariables = async (id: TriggerId): Promise<boolean> =>
    Object.keys((await store.secretsOf(id))?.variables ?? {}).length > 0;

  /** As the Python command: instead of retrying an outdated or successful pipeline, a new one is created. */
  async function findOrCreate(trigger: Trigger, access: TriggerAccess): Promise<void> {
    const project = await allowedProject.toRead(trigger, access.gitlab);
    const pipeline = await pipelineToRetry(trigger.request, access.gitlab, project);
    requireAllowedRef(trigger, pipeline);
    const { id, status, sha } = pipeline;
    const tip = await access.gitlab.tipOf(project, trigger.request.ref);
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
    if (wantsRetry) return findOrCreate(trigger, access);
    await allowedProject.toCreate(trigger, access);
    await createOnce(trigger, access);
  }

  return async function startPipeline(trigger) {
    const { id } = trigger;
    if (isRunning(trigger)) return;
    try {
      const access = await accessFor(trigger);
      const inDoubt = inDoubtOf(trigger);
      if (inDoubt !== null) await settle(id, access, inDoubt);
      const current = await findRequested(id);
      if (current === null) return;
      const earlier = inDoubt === null ? await findEarlier(current, access) : null;
      if (earlier !== null) await started(id, earlier);
      else await (current.cancel === null ? start(current, access) : abandon(id));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await applyEvent(id, { type: 'startRefused', at: clock.now(), reason: error.message });
    }
  };
}

async function pipelineToRetry(
  { ref, pipelineId }: TriggerRequest,
  gitlab: GitLab,
  project: string,
): Promise<PipelineOfRef> {
  if (pipelineId !== null) return gitlab.showPipeline(project, pipelineId);
  const newest = await gitlab.newestPipeline(project, ref);
  if (newest === null)
    throw new AppError('gitlab_refused', `expected to find at least one pipeline for ref ${ref}`);
  return newest;
}

/**
 * A policy allows refs: a pipeline named by its id may have run on any other ref of the same commit.
 * @throws AppError `gitlab_refused`
 */
function requireAllowedRef({ caller, request }: Trigger, { id, ref }: PipelineOfRef): void {
  if (!isJobCallerId(caller) || shortRef(ref) === shortRef(request.ref)) return;
  throw new AppError(
    'gitlab_refused',
    `pipeline ${id} did not run on ${request.ref}, which the policy was asked for`,
  );
}

/** A project can forbid variables from outside: then the pipeline does not carry our id. */
const forbidsVariables = (error: unknown): boolean =>
  isRefusal(error) && /pipeline variables/i.test(error.message);

const missingToken = (purpose: string): AppError =>
  new AppError('gitlab_refused', `there is no GitLab token to ${purpose}`);

/** Ends in an error rather than risk a second pipeline. */
const cannotTell = (why: string): AppError =>
  new AppError('gitlab_refused', `GitLab may or may not have created the pipeline, and ${why}`);
