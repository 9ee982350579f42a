import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '../../../simulator/simulator.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { startStubServer } from '../../support/start-stub-server.ts';
import { idOf, scenario, tokens } from './support/scenario.ts';
import { runTrigger } from './support/start-trigger.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(scenario);
});
afterAll(() => simulator.close());

const argsFor = (host: string): readonly string[] => ['-h', host, '-s', '1', '-t', 'main', ...tokens];

describe('an answer of something in front of GitLab to the request for a pipeline', () => {
  test.each([
    [403, '<html>Checking your browser</html>', 'group/green'],
    [404, '404 page not found', 'group/later-manual'],
  ])('%i: is tried again, one pipeline, exit 0', async (status, body, project) => {
    simulator.faults.api.push({ kind: 'status', status, body, times: 1, match: { method: 'POST' } });
    const args = [...argsFor(simulator.url), '--on-manual', 'pass', idOf(project)];
    const { code, stderr } = await runTrigger(args);
    expect(stderr).toContain(`something in front of GitLab answers ${status}; trying again`);
    expect([code, simulator.pipelines(project).length]).toEqual([0, 1]);
  });
});

describe('lists of jobs that do not work', () => {
  test.each([
    ['group/green', 0],
    ['group/failing', 1],
  ])('%s: exits with %i, as the pipeline ended', async (project, expected) => {
    const fault = { kind: 'status', status: 403, body: { message: '403 Forbidden' } } as const;
    simulator.faults.api.push({ ...fault, match: { method: 'GET', path: /\/(jobs|bridges|trigger_jobs)$/ } });
    const { code } = await runTrigger([...argsFor(simulator.url), idOf(project)]);
    simulator.faults.api.splice(0);
    expect(code).toBe(expected);
  });
});

test('an address that redirects: ends at the first try, and names where it leads', async () => {
  const server = await startStubServer((response) =>
    response.writeHead(301, { location: 'https://gitlab.example.com/' }).end(),
  );
  const { code, stderr } = await runTrigger([...argsFor(server.url), '1']);
  expect(stderr).toMatch(
    /^trigger: error: no pipeline from [^\n]*https:\/\/gitlab\.example\.com\/ \(301\)[^\n]*\n$/,
  );
  expect(stderr).not.toContain('may have made');
  expect([code, server.requests.length]).toEqual([1, 1]);
});

test('a proxy that asks for a password: 407 is named, at the first try', async () => {
  const server = await startStubServer((response) => response.writeHead(407).end());
  const { code, stderr } = await runTrigger([...argsFor(server.url), '1']);
  expect(stderr).toMatch(/^trigger: error: [^\n]*407[^\n]*\n$/);
  expect([code, server.requests.length]).toEqual([1, 1]);
});

test('a project that has moved: is found by its old path, exit 0', async () => {
  const moved = await startStubServer((response, { url, method, headers, body }) => {
    const location = `/api/v4/projects/${idOf('group/green')}`;
    if (url.startsWith('/api/v4/projects/old%2Fpath')) {
      const isRead = method === 'GET';
      response.writeHead(isRead ? 301 : 405, isRead ? { location } : {}).end('Moved');
      return;
    }
    const forwarded = request(simulator.url + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.end(body);
  });
  const { code, stderr } = await runTrigger([...argsFor(moved.url), 'old/path']);
  expect([code, stderr]).toEqual([0, '']);
});
