import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Delivery, HookCredential, Payload } from '../../../src/domain/delivery.ts';
import type { DeliveryId, JobId, PipelineId, TriggerId } from '../../../src/domain/ids.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { held } from '../../fakes/intercept.ts';
import { startEngine } from '../start-engine.ts';

/** The forger's project; he maintains it, so its own secret is his, and so is what projects share. */
const theirs = { id: 2, path: 'group/manual' };
const gitlabUrl = 'https://gitlab.example.com';
const ownSecret: HookCredential = { kind: 'project', origin: gitlabUrl, isCurrent: true };

const status = fc.constantFrom('success', 'failed', 'canceled', 'skipped', 'manual', 'running', 'pending');
/** Which of the ids of pipelines and jobs that there are, or one that there is not. */
const at = fc.nat({ max: 4 });

/** What a forger says. By his project's secret he can name no other project; by a shared one he can. */
const forgery = fc.record({
  kind: fc.constantFrom('pipeline' as const, 'job' as const, 'unreadable' as const),
  isOwn: fc.boolean(),
  namesVictim: fc.boolean(),
  claimsId: fc.boolean(),
  ...{ status, pipeline: at, job: at, trigger: at },
  ref: fc.constantFrom('main', 'refs/heads/main', 'feature'),
  source: fc.constantFrom('api', 'trigger', 'pipeline', 'web'),
});
type Forgery = typeof forgery extends fc.Arbitrary<infer Value> ? Value : never;

type Engine = ReturnType<typeof startEngine>;

function deliveryOf(
  said: Forgery,
  number: number,
  { gitlab }: Engine,
  triggers: readonly TriggerId[],
): Delivery {
  const isVictim = said.namesVictim && !said.isOwn;
  const projectId = isVictim ? 1 : theirs.id;
  const projectPath = isVictim ? 'group/app' : theirs.path;
  const pipelines = gitlab.pipelines();
  const pipelineId = (pipelines[said.pipeline % (pipelines.length + 1)]?.id ?? 999) as PipelineId;
  const jobs = pipelines.flatMap((pipeline) => pipeline.jobs);
  const job = {
    id: (jobs[said.job % (jobs.length + 1)]?.id ?? 9_999) as JobId,
    name: 'approve',
    stage: 'deploy',
    status: said.status,
    allowFailure: false,
    failureReason: null,
    webUrl: null,
  };
  const happenedAt = null;
  const pipeline = { id: pipelineId, projectId, status: said.status, webUrl: null, jobs: [job] };
  const triggerId = said.claimsId ? (triggers[said.trigger % triggers.length] ?? null) : null;
  const payload: Record<Forgery['kind'], Payload> = {
    pipeline: {
      ...{
        kind: 'pipeline',
        pipeline,
        projectPath,
        ref: said.ref,
        source: said.source,
        triggerId,
        happenedAt,
      },
    },
    job: { kind: 'job', pipelineId, projectId, projectPath, job, happenedAt },
    unreadable: { kind: 'unreadable', reason: 'x', pipelineId, projects: [projectPath, String(projectId)] },
  };
  return {
    id: `dlv_${number}` as DeliveryId,
    receivedAt: 0,
    event: 'Pipeline Hook',
    instance: gitlabUrl,
    userAgent: null,
    credential: said.isOwn ? ownSecret : { kind: 'shared' },
    payload: payload[said.kind],
    body: null,
  };
}

/** What of a trigger others must have no say in. */
const essence = ({ state, played, cancel }: Trigger) => ({
  played,
  cancel,
  outcome: state.kind === 'finished' ? state.outcome : null,
  pipeline: state.kind === 'requested' ? null : state.pipeline?.id,
  projectId: state.kind === 'requested' ? null : state.pipeline?.projectId,
});

const changing = ['createPipeline', 'playJob', 'retryPipeline', 'cancelPipeline'];

test('forged but authenticated hooks end, cancel, start and play nothing, and read no other project', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(forgery, { minLength: 1, maxLength: 12 }), async (forgeries) => {
      const engine = startEngine();
      const { start, deliver, gitlab, find, clock } = engine;
      const first = await start({ onManual: 'play', jobs: ['approve'] });
      const upstreamId = (gitlab.pipelines()[0]?.id ?? 0) as PipelineId;
      const upstream = { project: 'group/app', pipelineId: upstreamId, jobId: null };
      const second = await start({ upstream, cancelWithUpstream: true });
      // Another trigger's pipeline, in the forger's own project: the ids of its jobs are known to him.
      await start({ project: theirs.path });
      gitlab.apply('success', ['build']);
      gitlab.next('createPipeline', held('after').interception);
      const third = await start();
      const triggers = [first, second, third];
      const before = await Promise.all(triggers.map(find));
      const callsBefore = gitlab.calls.length;
      for (const [number, said] of forgeries.entries())
        await deliver(deliveryOf(said, number, engine, triggers));
      // Less than a sweep, and less than the answer that is awaited can take.
      await clock.advance(14_000);
      const after = await Promise.all(triggers.map(find));
      const calls = gitlab.calls.slice(callsBefore).map((call) => call.split(' '));
      expect(calls.filter(([method = '']) => changing.includes(method))).toEqual([]);
      expect(after.slice(0, 2).map(essence)).toEqual(before.slice(0, 2).map(essence));
      // The one whose answer is late may be brought to its own pipeline, and to no other.
      const own = gitlab.pipelines().at(-1)?.id;
      const adopted = after[2] === undefined ? null : essence(after[2]);
      expect([null, own]).toContain(adopted?.pipeline);
      expect([null, 1]).toContain(adopted?.projectId);
      expect([adopted?.outcome, adopted?.cancel, adopted?.played]).toEqual([null, null, []]);
      // The trigger in the forger's project is his to hurry: it is read under its own name.
      const ours = calls.filter(([, project]) => project !== String(theirs.id) && project !== theirs.path);
      expect(ours.every(([, project]) => project === '1' || project === 'group/app')).toBe(true);
    }),
    { numRuns: 150 },
  );
}, 120_000);
