import { expect, test } from 'vitest';
import { call, createPipeline, start } from '../start.ts';

const list = '/projects/1/pipelines';

test.each([
  ['no token', null, {}, 401, { message: '401 Unauthorized' }],
  ['a wrong token', 'x', {}, 401, { message: '401 Unauthorized' }],
  ['somebody who may not see the project', 'outsider-token', {}, 404, { message: '404 Project Not Found' }],
  ['a bearer token', null, { Authorization: 'Bearer dev-token' }, 200, []],
  ['a reader', 'reader-token', {}, 200, []],
])('%s', async (_, token, headers, status, body) => {
  expect(await call(await start(), 'GET', list, { token, headers })).toMatchObject({ status, body });
});

test('a token that may only read cannot create', async () => {
  const answer = await call(await start(), 'POST', '/projects/1/pipeline', {
    token: 'reader-token',
    body: { ref: 'main' },
  });
  expect(answer).toMatchObject({ status: 403, body: { error: 'insufficient_scope', scope: 'api' } });
});

test('a developer cannot manage hooks', async () => {
  const answer = await call(await start(), 'GET', '/projects/1/hooks', { token: 'dev-token' });
  expect(answer).toMatchObject({ status: 403, body: { message: '403 Forbidden' } });
});

test('the token of a running job reads the pipeline, but plays nothing', async () => {
  const simulator = await start();
  const id = await createPipeline(simulator);
  const [job] = simulator.apply(id, 'run', ['build']).jobs;
  const headers = { 'JOB-TOKEN': job?.token ?? '' };
  const asJob = { token: null, headers };
  expect((await call(simulator, 'GET', `${list}/${id}`, asJob)).status).toBe(200);
  expect((await call(simulator, 'GET', `${list}/${id}/jobs`, asJob)).status).toBe(200);
  expect((await call(simulator, 'POST', `/projects/1/jobs/${job?.id ?? 0}/play`, asJob)).status).toBe(401);
});

test('the instance says who it is and who calls', async () => {
  const simulator = await start(undefined, { gitlabVersion: '18.2.0-ee' });
  expect((await call(simulator, 'GET', '/version')).body).toMatchObject({ version: '18.2.0-ee' });
  expect((await call(simulator, 'GET', '/metadata')).body).toMatchObject({ enterprise: true });
  expect((await call(simulator, 'GET', '/user', { token: 'dev-token' })).body).toMatchObject({
    username: 'dev',
  });
  expect((await call(simulator, 'GET', '/personal_access_tokens/self')).body).toMatchObject({
    scopes: ['api'],
    active: true,
  });
});

test('an address that is not there', async () => {
  expect(await call(await start(), 'GET', '/nowhere')).toMatchObject({
    status: 404,
    body: { error: '404 Not Found' },
  });
});
