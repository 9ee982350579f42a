import { createAudit } from '../../../src/app/access/audit.ts';
import { createProjectHooks } from '../../../src/app/project-hooks/project-hooks.ts';
import type { HookId } from '../../../src/domain/project-hooks/project-hook.ts';
import type { Delivery, HookCredential, Payload } from '../../../src/domain/delivery.ts';
import type { DeliveryId, PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { createFakeHooks } from '../../fakes/fake-hooks.ts';
import { aTrigger } from '../../fakes/triggers.ts';

export const app = 'group/app';
export const actor = { id: 'admin', from: 'test' };
export const quietMs = 60_000;
const publicUrl = 'https://ci.example.com';
const gitlabUrl = 'https://gitlab.example.com';

interface Options {
  readonly hasToken?: boolean;
  readonly hasPublicUrl?: boolean;
  readonly mayRead?: boolean;
  readonly projects?: readonly string[];
  /** Whether deliveries come to this process, and not to another one. */
  readonly reachesUs?: boolean;
}

/** What a webhook says of a pipeline, as far as it matters here. */
export const payloadOf = (pipelineId: number): Payload => ({
  kind: 'pipeline',
  pipeline: { id: pipelineId as PipelineId, projectId: 1, status: 'running', webUrl: null, jobs: [] },
  projectPath: app,
  ref: 'main',
  source: 'api',
  triggerId: null,
  happenedAt: null,
});

/** Looking after hooks without HTTP, on a clock that stands still. */
export function startHooks({
  hasToken = true,
  hasPublicUrl = true,
  mayRead = true,
  projects = [app],
  reachesUs = true,
}: Options = {}) {
  const clock = createFakeClock();
  const memory = createMemoryStore();
  const lines: { readonly message: string; readonly fields: object }[] = [];
  const note = (fields: object, message: string): void => void lines.push({ fields, message });
  const log = { info: note, warn: note, error: note };
  const deliveryOf = (
    id: DeliveryId,
    payload: Payload,
    credential: HookCredential = { kind: 'shared' },
  ): Delivery => ({
    id,
    receivedAt: clock.now(),
    event: 'Pipeline Hook',
    instance: gitlabUrl,
    userAgent: null,
    credential,
    payload,
    body: null,
  });
  const gitlab = createFakeHooks({
    projects: projects.map((path) => ({ path, isArchived: false })),
    now: () => clock.now(),
    receive: async ({ delivery, payload }) => {
      await memory.inbox.add(deliveryOf(delivery, payload));
    },
    receiveTest: (projectId, secret) => {
      const credential = credentialOf(projectId, secret);
      if (credential === null || !reachesUs) return;
      watch.arrived(
        deliveryOf(`dlv_test` as DeliveryId, { kind: 'ignored', reason: 'a test', projectId }, credential),
      );
    },
  });
  const credentialOf = (projectId: number, secret: string | null): HookCredential | null => {
    if (secret === 'word') return { kind: 'shared' };
    const isCurrent = secret === `own-${projectId}`;
    return isCurrent || secret === `old-${projectId}`
      ? { kind: 'project', origin: gitlabUrl, isCurrent }
      : null;
  };
  const audit = createAudit({ store: memory.audit, clock, log: { info: () => undefined } });
  const { operations, watch } = createProjectHooks({
    gitlab: hasToken ? (mayRead ? gitlab.port : gitlab.asDeveloper) : null,
    gitlabUrl,
    publicUrl: hasPublicUrl ? publicUrl : null,
    secrets: { plain: ['word'], signing: [], relay: [], ofProject: (projectId) => `own-${projectId}` },
    store: memory.triggers,
    inbox: memory.inbox,
    audit,
    clock,
    log,
    quietMs,
  });
  return {
    clock,
    gitlab,
    operations,
    watch,
    /** What was logged, message by message. */
    messages: () => lines.map(({ message }) => message),
    /** How often GitLab was asked for anything. */
    reads: () => gitlab.calls.length,
    record: (pipelineId = 101) =>
      watch.arrived(deliveryOf(`dlv_${clock.now()}` as DeliveryId, payloadOf(pipelineId))),
    /** A trigger whose pipeline runs. */
    wait: async (project = app, pipelineId = 101): Promise<TriggerId> => {
      const asked = aTrigger({ project }, { id: `trg_${project}_${pipelineId}`, at: clock.now() });
      const secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };
      const pipeline = { id: pipelineId as PipelineId, projectId: 0, status: 'running', webUrl: null };
      const running: Trigger = { ...asked, state: { kind: 'running', pipeline } };
      await memory.triggers.create(running, secrets, null);
      return running.id;
    },
    end: async (id: TriggerId): Promise<void> => {
      const stored = await memory.triggers.find(id);
      if (stored === undefined) throw new Error('no such trigger');
      const { trigger, version } = stored;
      const ended = {
        pipeline: null,
        outcome: 'success',
        reason: null,
        failedJobs: [],
        finishedAt: 0,
      } as const;
      await memory.triggers.commit({ ...trigger, state: { kind: 'finished', ...ended } }, version, []);
    },
    /** Makes a good hook, as `hooks install` does. */
    install: async (): Promise<HookId> => {
      const order = {
        url: `${publicUrl}/webhooks/gitlab`,
        secret: 'own-1',
        signingToken: null,
        verifiesTls: true,
      };
      return (await gitlab.port.addHook(app, order)).id;
    },
  };
}
