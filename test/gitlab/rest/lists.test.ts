import { describe, expect, onTestFinished, test } from 'vitest';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { createGitLabConnector } from '../../../src/gitlab/rest/client.ts';
import type { ApiFault } from '../../../simulator/faults/fault-plan.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { contractScenario, tokens } from '../../contracts/gitlab-contract.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { startStubServer } from '../../support/start-stub-server.ts';

const connect = (url: string, { timeoutMs = 10_000, triggerToken = null as string | null } = {}) =>
  createGitLabConnector({ clock: createAcceleratedClock(Date.now()), timeoutMs })({
    url,
    apiToken: tokens.apiToken,
    triggerToken,
  });

const project = 'group/app';

/** A failed pipeline in a GitLab whose lists do not work. */
async function beginFailed(path: RegExp, fault: ApiFault) {
  const simulator = await startSimulator(contractScenario);
  onTestFinished(() => simulator.close());
  const { pipeline } = await connect(simulator.url).createPipeline({
    project,
    ref: 'main',
    variables: {},
    inputs: {},
  });
  simulator.apply(pipeline.id, 'drop', ['build']);
  simulator.faults.api.push({ ...fault, match: { method: 'GET', path } });
  return { simulator, id: pipeline.id };
}

const options = { traces: false, mayLackJobs: true } as const;

describe.each<[string, ApiFault]>([
  ['403', { kind: 'status', status: 403, body: { message: '403 Forbidden' } }],
  ['404', { kind: 'status', status: 404, body: { message: '404 Not Found' } }],
  ['404 of a proxy', { kind: 'status', status: 404, body: '404 page not found' }],
  ['500', { kind: 'status', status: 500 }],
  ['nothing in time', { kind: 'hang' }],
  ['a web page', { kind: 'html' }],
])('a list that is answered with %s', (_what, fault) => {
  test('of jobs: the pipeline’s own status is read all the same', async () => {
    const { simulator, id } = await beginFailed(/\/pipelines\/\d+\/jobs$/, fault);
    const gitlab = connect(simulator.url, { timeoutMs: 500 });
    expect(await gitlab.readPipeline(project, id, options)).toMatchObject({ status: 'failed', jobs: null });
    await expect(gitlab.readPipeline(project, id, { traces: false })).rejects.toMatchObject({
      name: 'AppError',
    });
  });

  test('of bridges: so are its jobs, as far as they explain it', async () => {
    const { simulator, id } = await beginFailed(/\/(bridges|trigger_jobs)$/, fault);
    const gitlab = connect(simulator.url, { timeoutMs: 500 });
    expect(await gitlab.readPipeline(project, id, options)).toMatchObject({
      status: 'failed',
      jobs: expect.any(Array) as object,
    });
    expect(await gitlab.readPipeline(project, id, { ...options, bridges: true })).toMatchObject({
      status: 'failed',
      jobs: null,
      failedJobs: [{ name: 'build' }],
    });
  });
});

test('a rate limit is no reason to ask on', async () => {
  const { simulator, id } = await beginFailed(/\/jobs$/, { kind: 'rateLimit', retryAfterSeconds: 7 });
  await expect(connect(simulator.url).readPipeline(project, id, options)).rejects.toMatchObject({
    code: 'gitlab_unavailable',
  });
});

const pipeline = { id: 7, status: 'manual', project_id: 1, ref: 'main', sha: 'c0ffee' };
const row = (id: number, more: object = {}) => ({
  id,
  name: `job ${id}`,
  stage: 'test',
  status: 'success',
  pipeline,
  ...more,
});

/** A GitLab in which a pipeline has many bridges, which old versions know by that name only. */
function startWithBridges(
  bridges: readonly object[],
  { isOld = false, names = ['x-next-page'] as readonly string[] } = {},
) {
  return startStubServer((response, { url, method }) => {
    const { pathname, searchParams } = new URL(url, 'http://stub');
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    if (isOld && pathname.endsWith('/trigger_jobs')) send(404, { error: '404 Not Found' });
    else if (/\/(trigger_jobs|bridges)$/.test(pathname)) {
      const page = Number(searchParams.get('page') ?? 1);
      const rows = pathname.includes('/pipelines/7/') ? bridges : [];
      const next = rows.length > page * 100 ? String(page + 1) : '';
      const headers = { 'x-next-page': next, link: next === '' ? '<x>; rel="first"' : '<x>; rel="next"' };
      const shown = Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
      send(200, rows.slice((page - 1) * 100, page * 100), shown);
    } else if (pathname.endsWith('/jobs')) send(200, [row(1)]);
    else send(method === 'POST' ? 200 : 200, pipeline);
  });
}

describe.each([
  ['GitLab', {}],
  ['an old GitLab', { isOld: true }],
  ['a GitLab whose page numbers are dropped on the way', { names: ['link'] }],
  ['a GitLab all of whose headers are dropped on the way', { names: [] }],
])('%s with more than a page of bridges', (_what, given) => {
  test('shows the manual one that was made first', async () => {
    const bridges = Array.from({ length: 110 }, (_, index) => row(200 - index));
    const server = await startWithBridges([...bridges, row(90, { name: 'deploy', status: 'manual' })], given);
    const { jobs } = await connect(server.url).readPipeline('1', 7 as PipelineId, {
      traces: false,
      bridges: true,
    });
    expect(jobs).toHaveLength(112);
    expect(jobs.map(({ name }) => name)).toContain('deploy');
  });

  test('cancels all of their child pipelines', async () => {
    const children = Array.from({ length: 105 }, (_, index) =>
      row(200 + index, { downstream_pipeline: { ...pipeline, id: 1_000 + index, status: 'running' } }),
    );
    const server = await startWithBridges(children, given);
    await connect(server.url).cancelPipeline('1', 7 as PipelineId);
    const canceled = server.requests.filter(({ url }) => url.endsWith('/cancel'));
    expect(new Set(canceled.map(({ url }) => url)).size).toBe(106);
  });
});

test('one child that GitLab will not cancel does not keep the others', async () => {
  const canceled: string[] = [];
  const children = [8, 9].map((id) =>
    row(id, { downstream_pipeline: { ...pipeline, id, status: 'running' } }),
  );
  const server = await startStubServer((response, { url, method }) => {
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (method === 'POST') canceled.push(url);
    if (url.endsWith('/8/cancel')) send(403, { message: '403 Forbidden' });
    else if (method === 'GET') send(200, url.includes('/pipelines/7/') ? children : []);
    else send(200, pipeline);
  });
  await expect(connect(server.url).cancelPipeline('1', 7 as PipelineId)).rejects.toMatchObject({
    code: 'gitlab_refused',
    message: '403 Forbidden',
  });
  expect(canceled.map((url) => url.split('/').at(-2))).toEqual(['7', '8', '9']);
});

describe('a search for our pipelines', () => {
  const startList = () =>
    startStubServer((response, { url }) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(url.includes('/user') ? { username: 'ci-bot' } : [])),
    );

  test.each([
    ['refs/heads/main', 'main'],
    ['refs/tags/v1', 'v1'],
    ['refs/merge-requests/1/head', 'refs/merge-requests/1/head'],
    ['main', 'main'],
  ])('asks for %s by the name that GitLab lists: %s', async (ref, listed) => {
    const server = await startList();
    const gitlab = connect(server.url);
    await gitlab.newestPipeline('1', ref);
    await gitlab.pipelinesAfter('1', ref, 0);
    await gitlab.findPipeline('1', ref, 'trg_1' as never, 0);
    const lists = server.requests.filter(({ url }) => url.includes('/pipelines?'));
    const refs = lists.map(({ url }) => new URL(url, 'http://stub').searchParams.get('ref'));
    expect(refs).toEqual([listed, listed, listed]);
  });

  test('is for those of our own user, where the token is one that names a user', async () => {
    const server = await startList();
    await connect(server.url).pipelinesAfter('1', 'main', 0);
    await connect(server.url, { triggerToken: 'glptt-x' }).pipelinesAfter('1', 'main', 0);
    const users = server.requests
      .filter(({ url }) => url.includes('/pipelines?'))
      .map(({ url }) => new URL(url, 'http://stub').searchParams.get('username'));
    expect(users).toEqual(['ci-bot', null]);
  });
});
