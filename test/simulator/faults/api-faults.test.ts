import { expect, test } from 'vitest';
import type { ApiFault } from '../../../simulator/faults/fault-plan.ts';
import { call, scenarioOf, start } from '../start.ts';

const create = { body: { ref: 'main' } };
const path = '/projects/1/pipeline';

async function startWith(...faults: ApiFault[]) {
  const simulator = await start();
  simulator.faults.api.push(...faults);
  return simulator;
}

/** Each fault that answers: the status, and whether the pipeline was made. */
test.each<[ApiFault, number, number]>([
  [{ kind: 'status', status: 502 }, 502, 0],
  [{ kind: 'status', status: 504, executes: true }, 504, 1],
  [{ kind: 'rateLimit' }, 429, 0],
  [{ kind: 'unauthorized' }, 401, 0],
  [{ kind: 'html' }, 200, 0],
  [{ kind: 'slow', ms: 50 }, 201, 1],
])('%j answers %i', async (fault, status, made) => {
  const simulator = await startWith(fault);
  expect((await call(simulator, 'POST', path, create)).status).toBe(status);
  expect(simulator.pipelines(1)).toHaveLength(made);
  expect(simulator.requests).toMatchObject([{ status, fault: fault.kind, input: { ref: 'main' } }]);
});

/** Each fault that does not: whether the pipeline was made. */
test.each<[ApiFault, number]>([
  [{ kind: 'resetBefore' }, 0],
  [{ kind: 'resetAfter' }, 1],
  [{ kind: 'truncate' }, 1],
])('%j breaks the connection', async (fault, made) => {
  const simulator = await startWith(fault);
  await expect(call(simulator, 'POST', path, create)).rejects.toThrow();
  expect(simulator.pipelines(1)).toHaveLength(made);
});

test('a truncated answer may have the length it says: it is no JSON all the same', async () => {
  const simulator = await startWith({ kind: 'truncate', looksWhole: true });
  const address = `${simulator.url}/api/v4${path}?private_token=root-token&ref=main`;
  const answer = await fetch(address, { method: 'POST' });
  expect([answer.status, simulator.pipelines(1).length]).toEqual([201, 1]);
  const text = await answer.text();
  expect(text.length).toBe(Number(answer.headers.get('content-length')));
  expect(() => void JSON.parse(text)).toThrow(SyntaxError);
});

test.each([
  [false, 0],
  [true, 1],
])('hang, executed: %s', async (executes, made) => {
  const simulator = await startWith({ kind: 'hang', executes });
  const signal = AbortSignal.timeout(100);
  const request = fetch(`${simulator.url}/api/v4${path}?ref=main&private_token=root-token`, {
    method: 'POST',
    signal,
  });
  await expect(request).rejects.toThrow('timeout');
  expect(simulator.pipelines(1)).toHaveLength(made);
});

test('401 in mid-run: the same token was good before, and is again', async () => {
  const simulator = await startWith();
  const { id } = (await call(simulator, 'POST', path, create)).body as { id: number };
  simulator.faults.api.push({ kind: 'unauthorized', times: 1 });
  const look = async (): Promise<number> =>
    (await call(simulator, 'GET', `/projects/1/pipelines/${id}`)).status;
  expect([await look(), await look()]).toEqual([401, 200]);
});

test('slow: byte by byte', async () => {
  const simulator = await startWith({ kind: 'slow', ms: 60 });
  const response = await fetch(`${simulator.url}/api/v4/version?private_token=root-token`);
  let chunks = 0;
  for await (const _chunk of response.body ?? []) chunks += 1;
  expect(chunks).toBeGreaterThan(2);
});

test('a rate limit may say when to come back', async () => {
  const simulator = await startWith({ kind: 'rateLimit', retryAfterSeconds: 7 });
  expect((await call(simulator, 'GET', '/version')).headers.get('retry-after')).toBe('7');
  simulator.faults.api.splice(0, 1, { kind: 'rateLimit' });
  expect((await call(simulator, 'GET', '/version')).headers.get('retry-after')).toBeNull();
});

test('a fault strikes only what it matches, and only so many times', async () => {
  const second = { id: 2, path: 'group/other', ci: { a: { script: 'x' } } };
  const simulator = await start(scenarioOf({}, { projects: [second] }));
  const match = { method: 'POST', path: /pipeline$/, project: 'group/app' };
  simulator.faults.api.push({ match, kind: 'status', status: 503, times: 2 });
  const statusOf = async (method: string, at: string): Promise<number> =>
    (await call(simulator, method, at, method === 'POST' ? create : {})).status;
  expect(await statusOf('POST', '/projects/2/pipeline')).toBe(201);
  expect(await statusOf('GET', '/projects/1/pipelines')).toBe(200);
  expect(await statusOf('POST', '/projects/1/pipeline')).toBe(503);
  expect(await statusOf('POST', '/projects/group%2Fapp/pipeline')).toBe(503);
  expect(await statusOf('POST', '/projects/1/pipeline')).toBe(201);
});

test('the same seed has the same luck', async () => {
  const strikes = async (seed: number): Promise<number[]> => {
    const simulator = await start(undefined, { seed });
    simulator.faults.api.push({ kind: 'status', status: 500, probability: 0.5 });
    for (let count = 0; count < 12; count += 1) await call(simulator, 'GET', '/version');
    return simulator.requests.map(({ status }) => status);
  };
  const first = await strikes(7);
  expect(await strikes(7)).toEqual(first);
  expect(await strikes(8)).not.toEqual(first);
  expect(new Set(first)).toEqual(new Set([200, 500]));
});

test.each(['GET', 'POST'])(
  'a redirect to another origin keeps the address of a %s, and does nothing',
  async (method) => {
    const simulator = await start();
    simulator.faults.api.push({ kind: 'redirect', to: 'https://gitlab.example.com' });
    const response = await fetch(`${simulator.url}/api/v4/projects/1/pipeline?ref=main`, {
      method,
      headers: { 'PRIVATE-TOKEN': 'root-token' },
      redirect: 'manual',
    });
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe(
      'https://gitlab.example.com/api/v4/projects/1/pipeline?ref=main',
    );
    expect(simulator.pipelines(1)).toEqual([]);
  },
);
