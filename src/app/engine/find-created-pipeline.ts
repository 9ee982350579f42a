import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { formsOfRef, isSameRef } from '../../domain/trigger/ref.ts';
import type { Trigger, InDoubt } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { TriggerAccess } from './gitlab-access.ts';
import type { Clock, PipelineOfRef, TriggerStore } from '../ports/index.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';

/**
 * Clocks differ, by a day where a date was set by hand: our pipeline may have a creation time from before the request.
 * Searching a day's pipelines costs requests; a second pipeline costs a deployment.
 */
const clockSkewMs = 90_000_000;
/** How many triggers of the same ref are searched for the owner of a pipeline. */
const mostOwners = 200;

/** The result of the search for the pipeline of a request in doubt. */
export type CreatedPipeline =
  | { readonly kind: 'found'; readonly pipeline: PipelineSnapshot }
  | { readonly kind: 'nothing' }
  /** Whether GitLab created it is unknown, and why. */
  | { readonly kind: 'doubt'; readonly why: string; readonly mayPass: boolean };

export type FindCreatedPipeline = (
  trigger: Trigger,
  access: TriggerAccess,
  inDoubt: InDoubt,
) => Promise<CreatedPipeline>;

/**
 * Searches GitLab for the pipeline that a trigger's request may have created, by our id among its variables.
 * Where GitLab forbids variables a pipeline's owner is unknown. There the search can only show that none was created:
 * the ref has no newer pipeline than before the request, except those of other triggers.
 * @throws GitLabUnavailable
 */
export function createFindCreatedPipeline({
  store,
}: {
  readonly store: Pick<TriggerStore, 'list'>;
}): FindCreatedPipeline {
  async function findById(
    { id, request, createdAt }: Trigger,
    { gitlab }: TriggerAccess,
  ): Promise<CreatedPipeline> {
    const { project, ref } = request;
    const pipeline = await gitlab.findPipeline(project, ref, id, createdAt - clockSkewMs);
    return pipeline !== null && isOfRequest(pipeline, project, ref)
      ? { kind: 'found', pipeline }
      : { kind: 'nothing' };
  }

  /** The pipelines of a ref that are known to belong to triggers. */
  async function ownedOf({ request: { project, ref, gitlabUrl } }: Trigger): Promise<ReadonlySet<number>> {
    const query = { state: 'all', caller: null, project, limit: mostOwners, cursor: null } as const;
    const pages = await Promise.all(formsOfRef(ref).map((form) => store.list({ ...query, ref: form })));
    const items = pages.flatMap((page) => page.items);
    const ours = items.filter(({ request }) => request.gitlabUrl === gitlabUrl);
    return new Set(ours.flatMap((trigger) => pipelineOf(trigger)?.id ?? []));
  }

  async function findAny(
    trigger: Trigger,
    { gitlab }: TriggerAccess,
    newest: number,
  ): Promise<CreatedPipeline> {
    const { project, ref } = trigger.request;
    const made = await gitlab.pipelinesAfter(project, ref, newest);
    const owned = await ownedOf(trigger);
    const [candidate] = made.filter(({ id }) => !owned.has(id));
    return candidate === undefined
      ? { kind: 'nothing' }
      : { kind: 'doubt', why: maybe(candidate), mayPass: false };
  }

  return async function findCreatedPipeline(trigger, access, { newestBefore }) {
    if (!access.mayRead || newestBefore === null)
      return { kind: 'doubt', why: 'there is no API token to look it up with', mayPass: false };
    try {
      return await (newestBefore === undefined
        ? findById(trigger, access)
        : findAny(trigger, access, newestBefore));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return { kind: 'doubt', why: `it cannot be looked up: ${error.message}`, mayPass: true };
    }
  };
}

/**
 * Searches once for the pipeline of a trigger from before the start of this process: the database may be a backup that
 * is older than the pipeline.
 * @returns a function that returns null for a trigger of this process, where no token may read, and where the project
 * forbids our id
 */
export function createFindEarlier({
  findCreatedPipeline,
  clock,
}: {
  readonly findCreatedPipeline: FindCreatedPipeline;
  readonly clock: Pick<Clock, 'now'>;
}) {
  const startedAt = clock.now();
  const searched = new Set<TriggerId>();

  return async function findEarlier(
    trigger: Trigger,
    access: TriggerAccess,
  ): Promise<PipelineSnapshot | null> {
    const { id, createdAt } = trigger;
    const now = clock.now();
    // A trigger from the future was created before the time of day was set back.
    const isFromBefore = createdAt < startedAt || createdAt > now;
    if (!isFromBefore || !access.mayRead || searched.has(id)) return null;
    const look = await findCreatedPipeline(trigger, access, { inDoubtUntil: now });
    searched.add(id);
    return look.kind === 'found' ? look.pipeline : null;
  };
}

/** Our id is a variable, which other pipelines may pass on: project and ref must fit as well. An old GitLab shows less. */
function isOfRequest(found: PipelineOfRef, project: string, ref: string): boolean {
  const isProject = found.projectId === 0 || !/^\d+$/.test(project) || found.projectId === Number(project);
  return isProject && (found.ref === '' || isSameRef(found.ref, ref));
}

const maybe = ({ id, webUrl }: PipelineOfRef): string =>
  `${webUrl ?? `pipeline ${id}`} is it or is somebody else's: the project forbids the variable that would show it`;
