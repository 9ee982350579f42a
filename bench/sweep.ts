import { createEngine } from '../src/app/create-engine.ts';
import type { TriggerId } from '../src/domain/ids.ts';
import { createRandom } from '../simulator/faults/random.ts';
import type { ScenarioInput } from '../simulator/scenario.ts';
import { createMemoryStore } from '../src/store/memory/store.ts';
import { createFakeClock } from '../test/fakes/fake-clock.ts';
import { createFakeGitLab } from '../test/fakes/fake-gitlab.ts';
import { aRequest } from '../test/fakes/triggers.ts';
import { median, percentile } from './figures.ts';

const triggers = 100;
const projects = 5;
const seconds = 1_000;
const minutes = 60 * seconds;
const quietMs = 60 * seconds;
const pollMs = 5 * seconds;
const seed = 1;

const job = (stage: string) => ({ stage, script: 'true' });
const jobs = ['build', 'unit', 'deploy'];
const scenario: ScenarioInput = {
  projects: Array.from({ length: projects }, (_, index) => ({
    id: index + 1,
    path: `bench/app${index}`,
    ci: {
      stages: ['build', 'test', 'deploy'],
      build: job('build'),
      unit: job('test'),
      deploy: job('deploy'),
    },
  })),
};

export interface SweepFigures {
  readonly name: string;
  /** Lists of a project's pipelines, and reads of single ones, for each trigger. */
  readonly lists: number;
  readonly reads: number;
  /** How often one would have looked who polls each five seconds. */
  readonly polls: number;
  /** From the end of a pipeline to the end of its trigger, in seconds. */
  readonly delays: { readonly p50: number; readonly p99: number };
}

/**
 * What it costs to know how pipelines end, by the share of hooks that are lost. In a time that only the benchmark
 * moves: requests are counted, and a busy machine makes no difference.
 */
export async function measureSweep(): Promise<readonly SweepFigures[]> {
  return [await measure('hooks healthy', 0), await measure('30 % lost', 0.3), await measure('all lost', 1)];
}

async function measure(name: string, lost: number): Promise<SweepFigures> {
  const random = createRandom(seed);
  const clock = createFakeClock();
  const gitlab = createFakeGitLab(scenario, () => clock.now());
  const store = createMemoryStore();
  let lastId = 0;
  const log = (): void => undefined;
  const engine = createEngine({
    store: store.triggers,
    inbox: store.inbox,
    connectGitLab: gitlab.connect,
    service: { gitlabUrl: gitlab.url, apiToken: 'glpat-bench', triggerToken: null },
    clock,
    log: { info: log, warn: log, error: log },
    newTriggerId: () => `trg_${(lastId += 1)}` as TriggerId,
    quietMs,
    random,
  });

  /** GitLab sends two hooks for each step of a job; each may be lost. */
  async function step(event: 'run' | 'success', name: string, pipelineId: number): Promise<void> {
    gitlab.apply(event, [name], pipelineId);
    for (const hook of [gitlab.jobHook(name, pipelineId), gitlab.pipelineHook(pipelineId)])
      if (random() >= lost) await engine.receiveDelivery(hook);
  }

  /** One trigger, of a pipeline of three jobs of one to four minutes, each up to one in the queue. */
  async function runOne(index: number) {
    await clock.sleep(random() * 10 * minutes);
    const since = clock.now();
    const request = aRequest({ project: `bench/app${index % projects}`, gitlabUrl: gitlab.url });
    const secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };
    const { id } = await engine.startTrigger({ caller: 'bench', request, secrets, key: null });
    await clock.sleep(1 * seconds);
    const trigger = (await store.triggers.find(id))?.trigger;
    if (trigger?.state.kind !== 'running') throw new Error('the pipeline was not made');
    for (const name of jobs) {
      await clock.sleep(random() * minutes);
      await step('run', name, trigger.state.pipeline.id);
      await clock.sleep((1 + random() * 3) * minutes);
      await step('success', name, trigger.state.pipeline.id);
    }
    return { id, since, endedAt: clock.now() };
  }

  const stopping = new AbortController();
  void engine.sweep.run(stopping.signal);
  const running = Promise.all(Array.from({ length: triggers }, (_, index) => runOne(index)));
  await clock.advance(60 * minutes);
  const ended = await running;
  stopping.abort();
  const delays = await Promise.all(
    ended.map(async ({ id, endedAt }) => {
      const trigger = (await store.triggers.find(id))?.trigger;
      if (trigger?.state.kind !== 'finished') throw new Error('a trigger has not finished');
      return (trigger.state.finishedAt - endedAt) / seconds;
    }),
  );
  const perTrigger = (method: string): number =>
    gitlab.calls.filter((call) => call.startsWith(method)).length / triggers;
  return {
    name,
    lists: perTrigger('listPipelines'),
    reads: perTrigger('readPipeline'),
    polls:
      ended.reduce((sum, { since, endedAt }) => sum + Math.ceil((endedAt - since) / pollMs), 0) / triggers,
    delays: { p50: median(delays), p99: percentile(delays, 0.99) },
  };
}
