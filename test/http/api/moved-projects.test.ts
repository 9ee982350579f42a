import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { afterAll, expect, test } from 'vitest';
import { audience, policyFile, startJob } from '../../support/id-tokens.ts';
import { scenario } from '../../support/scenario.ts';
import { startService } from '../../support/start-service.ts';
import { eventually } from '../../support/eventually.ts';
import { makeKey } from '../dashboard/browser.ts';

const vault = {
  id: 90,
  path: 'secret/vault',
  formerPaths: ['group/gone'],
  ci: { build: { script: 'make' } },
  jobs: { build: { result: 'failed' as const } },
} satisfies ScenarioInput['projects'][number];
const policy = policyFile(`
rules:
  - from: {project_path: group/green}
    to: {project: 'group/*', ref: main, retry: true}
`);
afterAll(policy.remove);
const world = await startService({
  scenario: { ...scenario, projects: [...scenario.projects, vault] },
  env: { OIDC_AUDIENCE: audience, POLICY_FILE: policy.file },
});
afterAll(world.stop);

const first = await world.trigger({ project: 'secret/vault', ref: 'main' });
await world.finished(first.id);
const pipelineId = await world.pipelineOf(first.id);
const { secret } = await makeKey(world, { name: 'limited', projects: ['group/*'] });

const callers = [
  ['a key kept to group/*', () => Promise.resolve(secret)],
  ['a job whose policy says group/*', async () => (await startJob(world.simulator, 'group/green')).token()],
] as const;

test.each(
  callers.flatMap(([who, tokenOf]) =>
    [{ retry: true }, { pipelineId }].map((asked) => ({ who, tokenOf, asked })),
  ),
)('$who retries nothing in a project that has moved out of it: $asked', async ({ tokenOf, asked }) => {
  const token = await tokenOf();
  const body = { project: 'group/gone', ref: 'main', ...asked };
  const { status, json } = await world.call('POST', '/v1/triggers', { token, body });
  expect(status).toBe(202);
  const { id } = json as { id: string };
  const path = `/v1/triggers/${id}`;
  await eventually(async () =>
    expect((await world.call('GET', path, { token })).json).toMatchObject({ outcome: 'error' }),
  );
  for (const shown of [path, `${path}/wait`, `${path}/history`, `${path}/log`, `${path}/events`])
    expect(JSON.stringify(await world.call('GET', shown, { token })), shown).not.toContain('vault');
  expect(world.simulator.pipelines('secret/vault')).toMatchObject([{ id: pipelineId, status: 'failed' }]);
  expect(world.simulator.requests.filter(({ path }) => path.endsWith('/retry'))).toEqual([]);
});
