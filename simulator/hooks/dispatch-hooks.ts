import { randomUUID } from 'node:crypto';
import type { EngineEvent, CiPipeline } from '../engine/model.ts';
import type { Status } from '../engine/status.ts';
import { serializeHookProject } from '../serializers/project.ts';
import type { Project } from '../world/project.ts';
import { attempt } from './deliver.ts';
import type { DeliveryParts } from './deliver.ts';
import { createDispatch } from './dispatch.ts';
import { fitToVersion } from './generation.ts';
import type { EventKind, Parcel } from './headers.ts';
import type { Hook, HookEvent } from './hook.ts';
import { addHook, hooksFiredBy } from './hook-registry.ts';
import type { HookRegistry, HookKind } from './hook-registry.ts';
import { jobPayload } from './job-payload.ts';
import { pipelinePayload } from './pipeline-payload.ts';

/** A job fires its hook when it is made and on these; never on manual, skipped, scheduled and the like. */
const jobFiresOn: ReadonlySet<Status> = new Set<Status>([
  'pending',
  'running',
  'success',
  'failed',
  'canceled',
]);

/** Watches the world and fires its hooks. */
export function dispatchHooks(parts: DeliveryParts): HookRegistry {
  const { site } = parts;
  const hooks = new Map<number, Hook>();
  const dispatch = createDispatch(parts);
  site.world.listen((event) => {
    const kind = kindFor(event);
    const project = site.world.projects.get(event.pipeline.projectId);
    if (kind === undefined || project === undefined) return;
    const eventUuid = randomUUID();
    for (const hook of hooksFiredBy({ hooks }, project)) {
      if (!hook.settings[kind]) continue;
      const pack = (): Parcel => ({ kind, key: randomUUID(), eventUuid, body: bodyOf(parts, event) });
      // GitLab's worker builds the payload when it runs, not when the status changed.
      setImmediate(() => {
        if (parts.closing.aborted || !hooks.has(hook.id)) return;
        if (site.world.pipelines.has(event.pipeline.id)) dispatch(hook, pack, event.to);
      });
    }
  });
  return {
    hooks,
    add: (owner, settings) => addHook(site.world, hooks, owner, settings),
    test: (hook, project, kind) => test(parts, hook, project, kind),
    resend: (hook, event) => attempt(parts, hook, parcelOf(event), undefined),
  };
}

function kindFor(event: EngineEvent): HookKind | undefined {
  if (event.kind === 'pipeline') return 'pipeline_events';
  if (event.job.definition.trigger !== null) return undefined;
  return event.from === null || jobFiresOn.has(event.to) ? 'job_events' : undefined;
}

function bodyOf({ site, gitlabVersion }: DeliveryParts, event: EngineEvent): string {
  const payload =
    event.kind === 'pipeline'
      ? pipelinePayload(site, event.pipeline)
      : jobPayload(site, event.pipeline, event.job, event.to);
  return JSON.stringify(fitToVersion(payload, gitlabVersion));
}

async function test(
  parts: DeliveryParts,
  hook: Hook,
  project: Project,
  kind: EventKind,
): Promise<HookEvent | undefined> {
  const body = sampleBody(parts, project, kind);
  if (body === undefined) return undefined;
  return attempt(parts, hook, { kind, key: randomUUID(), eventUuid: randomUUID(), body }, undefined);
}

function sampleBody(parts: DeliveryParts, project: Project, kind: EventKind): string | undefined {
  if (kind === 'push_events') return pushBody(parts, project);
  const event = sampleEvent(project, kind);
  return event && bodyOf(parts, event);
}

function sampleEvent({ pipelines }: Project, kind: HookKind): EngineEvent | undefined {
  const pipeline: CiPipeline | undefined = pipelines.at(-1);
  if (pipeline === undefined) return undefined;
  if (kind === 'pipeline_events') return { kind: 'pipeline', pipeline, to: pipeline.status };
  const job = pipeline.jobs.findLast(({ definition }) => definition.trigger === null);
  return job && { kind: 'job', pipeline, job, from: null, to: job.status };
}

function pushBody({ site }: DeliveryParts, project: Project): string | undefined {
  const { defaultBranch } = project.scenario;
  const head = project.branches.get(defaultBranch);
  if (head === undefined) return undefined;
  const event = {
    object_kind: 'push',
    event_name: 'push',
    ref: `refs/heads/${defaultBranch}`,
    after: head.sha,
  };
  return JSON.stringify({ ...event, project: serializeHookProject(site, project) });
}

function parcelOf({ trigger, requestHeaders, body }: HookEvent): Parcel {
  return {
    kind: trigger,
    key: requestHeaders['Idempotency-Key'] ?? randomUUID(),
    eventUuid: requestHeaders['X-Gitlab-Event-UUID'] ?? randomUUID(),
    body,
  };
}
