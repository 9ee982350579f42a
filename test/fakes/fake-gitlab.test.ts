import type { Trouble } from '../contracts/gitlab-contract.ts';
import { contractScenario, gitLabContract } from '../contracts/gitlab-contract.ts';
import { createFakeGitLab } from './fake-gitlab.ts';
import type { Interception } from './intercept.ts';
import { failing, losingAnswer } from './intercept.ts';
import { badGateway, connectionReset, tooManyRequests } from './failures.ts';

const interceptionOf = {
  'reset before': failing(connectionReset()),
  'reset after': losingAnswer(connectionReset()),
  'bad gateway': failing(badGateway()),
  'too many requests': failing(tooManyRequests(7_000)),
} as const satisfies Record<Trouble, Interception>;

gitLabContract('the fake', () => {
  const { url, connect, pipelines, apply, push, next } = createFakeGitLab(contractScenario);
  return Promise.resolve({
    connect: (access) => connect({ url, ...access }),
    pipelines: (project) => pipelines().filter((pipeline) => pipeline.project === project),
    apply: (id, event, jobs) => void apply(event, jobs, id),
    push,
    disturb: (call, trouble) => next(call, interceptionOf[trouble]),
    now: Date.now,
  });
});
