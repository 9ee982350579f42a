import type { ScenarioInput } from '../simulator/scenario.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { inParallel, percentile } from './figures.ts';
import { adminToken, hookSecret, startService } from './start-service.ts';

const triggers = 200;
const concurrency = 4;

const job = (script: string) => ({ stage: 'test', script });
const scenario: ScenarioInput = {
  users: [{ username: 'root', token: 'glpat-simulator', admin: true }],
  projects: [
    { id: 1, path: 'bench/green', ci: { stages: ['test'], unit: job('true'), lint: job('true') } },
    { id: 2, path: 'bench/red', ci: { stages: ['test'], unit: job('true'), lint: job('exit 1') } },
  ],
  defaultJob: { queueMs: 10, durationMs: 150 },
};

export interface ReleaseFigures {
  readonly outcome: string;
  readonly p50: number;
  readonly p99: number;
  readonly callsPerTrigger: Readonly<Record<string, number>>;
}

/** From the end of a pipeline in GitLab to the answer in the caller's hands, and what it cost in calls to GitLab. */
export async function measureRelease(): Promise<readonly ReleaseFigures[]> {
  const gitlab = await startSimulator(scenario);
  const service = await startService(gitlab.url);
  try {
    for (const path of ['bench/green', 'bench/red'])
      gitlab.addHook(path, {
        url: `${service.url}/webhooks/gitlab`,
        token: hookSecret,
        pipeline_events: true,
        job_events: true,
      });
    const green = await measureProject(gitlab, service.url, 'bench/green', 200);
    return [green, await measureProject(gitlab, service.url, 'bench/red', 424)];
  } finally {
    await service.stop();
    await gitlab.close();
  }
}

async function measureProject(
  gitlab: Simulator,
  url: string,
  project: string,
  expected: number,
): Promise<ReleaseFigures> {
  gitlab.clearRequests();
  const delays = await inParallel(triggers, concurrency, () => releaseDelay(gitlab, url, project, expected));
  const calls = Object.entries(Object.groupBy(gitlab.requests, kindOf));
  return {
    outcome: expected === 200 ? 'success' : 'failed',
    p50: percentile(delays, 0.5),
    p99: percentile(delays, 0.99),
    callsPerTrigger: Object.fromEntries(calls.map(([kind, of]) => [kind, (of?.length ?? 0) / triggers])),
  };
}

/** `GET …/jobs`, `POST …/pipeline`: a request without its ids. */
const kindOf = ({ method, path }: { method: string; path: string }): string =>
  `${method} …/${path.split('?')[0]?.split('/').at(-1) ?? ''}`;

async function releaseDelay(
  gitlab: Simulator,
  url: string,
  project: string,
  expected: number,
): Promise<number> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ project, ref: 'main' });
  const response = await fetch(`${url}/v1/triggers?wait=50`, { method: 'POST', headers, body });
  const releasedAt = performance.now();
  if (response.status !== expected) throw new Error(`expected ${expected}, got ${response.status}`);
  const answer = (await response.json()) as { pipelineId?: number; trigger?: { pipelineId: number } };
  const { finishedAtMs } = gitlab.pipeline(answer.pipelineId ?? answer.trigger?.pipelineId ?? 0);
  if (finishedAtMs === null) throw new Error('released before the pipeline had ended');
  return releasedAt - finishedAtMs;
}
