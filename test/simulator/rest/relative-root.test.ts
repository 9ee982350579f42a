import { expect, test } from 'vitest';
import { startReceiver } from '../hooks/receiver.ts';
import { call, createPipeline, eventually, scenarioOf, start } from '../start.ts';

const scenario = scenarioOf(
  { formerPaths: ['old/name'], ci: { a: { script: 'x' }, b: { script: 'x' } } },
  { relativeUrlRoot: '/gitlab' },
);

test('everything is below the root, links included', async () => {
  const simulator = await start(scenario);
  expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gitlab$/);
  const id = await createPipeline(simulator);
  const { origin } = new URL(simulator.url);
  expect((await fetch(`${origin}/api/v4/version`)).status).toBe(404);
  expect((await fetch(`${simulator.url}/oauth/discovery/keys`)).status).toBe(200);
  expect((await call(simulator, 'GET', `/projects/1/pipelines/${id}`)).body).toMatchObject({
    web_url: `${simulator.url}/group/app/-/pipelines/${id}`,
    detailed_status: { details_path: `/gitlab/group/app/-/pipelines/${id}` },
  });
  const jobs = await call(simulator, 'GET', `/projects/1/pipelines/${id}/jobs?per_page=1`);
  expect(jobs.headers.get('link')).toContain(
    `<${simulator.url}/api/v4/projects/1/pipelines/${id}/jobs?per_page=1&page=2>; rel="next"`,
  );
});

test('a moved project leads below the root', async () => {
  const simulator = await start(scenario);
  expect((await call(simulator, 'GET', '/projects/old%2Fname')).body).toMatchObject({ id: 1 });
});

test('hooks name the instance without the root, and projects with it', async () => {
  const receiver = await startReceiver();
  const simulator = await start(scenario);
  simulator.addHook(1, { url: receiver.url, pipeline_events: true });
  await createPipeline(simulator);
  await eventually(() => expect(receiver.received).toHaveLength(1));
  expect(receiver.received[0]?.headers['x-gitlab-instance']).toBe(new URL(simulator.url).origin);
  expect(receiver.received[0]?.payload?.['project']).toMatchObject({ web_url: `${simulator.url}/group/app` });
});

test('faults of a project strike below the root too', async () => {
  const simulator = await start(scenario);
  simulator.faults.api.push({ kind: 'status', status: 502, match: { project: 1 } });
  expect((await call(simulator, 'GET', '/projects/1')).status).toBe(502);
});
