import { expect, onTestFinished, test } from 'vitest';
import { gitLabConnector } from '../../src/gitlab/client.ts';
import type { ApiFault } from '../../src/simulator/faults/fault-plan.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { Trouble } from '../contracts/gitlab-contract.ts';
import { contractScenario, gitLabContract, tokens } from '../contracts/gitlab-contract.ts';
import { createHastyClock } from '../support/hasty-clock.ts';

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
  const connect = gitLabConnector({ clock: createHastyClock(Date.now()) });
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

test('what can wait does so once little of the rate limit is left, for whoever shares it', async () => {
  const now = Date.UTC(2026, 0, 1, 0, 30);
  const rateLimit = { requests: 8, periodSeconds: 3_600 };
  const simulator = await startSimulator({ ...contractScenario, rateLimit }, { now: () => now });
  onTestFinished(() => simulator.close());
  const connect = gitLabConnector({ clock: createHastyClock(now) });
  const access = { url: simulator.url, apiToken: tokens.apiToken, triggerToken: null };
  for (let request = 1; request <= 6; request += 1) await connect(access).tipOf('group/app', 'main');
  expect(await connect(access).pauseMs()).toBe(0);
  await connect(access).tipOf('group/app', 'main');
  expect(await connect(access).pauseMs()).toBeGreaterThan(0);
  expect(await connect({ ...access, apiToken: 'glpat-other' }).pauseMs()).toBe(0);
});
