import { expect, onTestFinished, test } from 'vitest';
import { createGitLabConnector } from '../../../src/gitlab/rest/client.ts';
import type { ApiFault } from '../../../simulator/faults/fault-plan.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import type { Trouble } from '../../contracts/gitlab-contract.ts';
import { contractScenario, gitLabContract, tokens } from '../../contracts/gitlab-contract.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { startStubServer } from '../../support/start-stub-server.ts';

const faultOf = {
  'reset before': { kind: 'resetBefore' },
  'reset after': { kind: 'resetAfter' },
  'bad gateway': { kind: 'status', status: 502, body: '<html>502</html>' },
  'too many requests': { kind: 'rateLimit', retryAfterSeconds: 7 },
} as const satisfies Record<Trouble, ApiFault>;

const pathOf = { createPipeline: /\/(trigger\/)?pipeline$/, playJob: /\/play$/ } as const;

gitLabContract('the client, against the simulator', async () => {
  const simulator = await startSimulator(contractScenario);
  onTestFinished(() => simulator.close());
  const connect = createGitLabConnector({ clock: createAcceleratedClock(Date.now()) });
  return {
    connect: (access) => connect({ url: simulator.url, ...access }),
    pipelines: simulator.pipelines,
    apply: (id, event, jobs) => void simulator.apply(id, event, jobs),
    push: (project, branch) => void simulator.push(project, branch),
    disturb: (call, trouble) =>
      void simulator.faults.api.push({
        ...faultOf[trouble],
        times: 1,
        match: { method: 'POST', path: pathOf[call] },
      }),
    now: Date.now,
  };
});

test('deferrable requests pause once little of a shared rate limit is left', async () => {
  const now = Date.UTC(2026, 0, 1, 0, 30);
  const rateLimit = { requests: 8, periodSeconds: 3_600 };
  const simulator = await startSimulator({ ...contractScenario, rateLimit }, { now: () => now });
  onTestFinished(() => simulator.close());
  const connect = createGitLabConnector({ clock: createAcceleratedClock(now) });
  const access = { url: simulator.url, apiToken: tokens.apiToken, triggerToken: null };
  for (let request = 1; request <= 6; request += 1) await connect(access).tipOf('group/app', 'main');
  expect(await connect(access).pauseMs()).toBe(0);
  await connect(access).tipOf('group/app', 'main');
  expect(await connect(access).pauseMs()).toBeGreaterThan(0);
  expect(await connect({ ...access, apiToken: 'glpat-other' }).pauseMs()).toBe(0);
});

test('a list is read on where it began, wherever its links lead', async () => {
  const other = await startStubServer((response) => response.end('[]'));
  const server = await startStubServer((response, { url }) => {
    const isFirst = !/[?&]page=2/.test(url);
    const link = `<${other.url}/api/v4/projects/9/pipelines/7/jobs?page=2&per_page=100>; rel="next"`;
    response
      .writeHead(200, { 'content-type': 'application/json', ...(isFirst ? { link } : {}) })
      .end(JSON.stringify(isFirst ? [job] : []));
  });
  const pipeline = { id: 7, status: 'running', project_id: 1, ref: 'main', sha: 'c0ffee' };
  const job = { id: 1, name: 'unit', stage: 'test', status: 'running', allow_failure: false, pipeline };
  const gitlab = createGitLabConnector({ clock: createAcceleratedClock() })({
    url: server.url,
    apiToken: tokens.apiToken,
    triggerToken: null,
  });
  await gitlab.readPipeline('1', 7 as PipelineId, { traces: false });
  expect(server.requests.map(({ url }) => url.split('?')[0])).toEqual(
    Array.from({ length: 2 }, () => '/api/v4/projects/1/pipelines/7/jobs'),
  );
  expect(other.requests).toEqual([]);
});
