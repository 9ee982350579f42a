import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createStartWarnings, logSettings } from '../../src/composition/start-warnings.ts';
import { doctorFinding } from '../../src/domain/doctor-finding.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { serverOver } from '../support/server-over.ts';
import { startService } from '../support/start-service.ts';
import { startStubServer } from '../support/start-stub-server.ts';
import supertest from 'supertest';

const simulator = await startSimulator({
  users: [
    { username: 'sound', token: 'sound' },
    { username: 'reader', token: 'reader', scopes: ['read_api'] },
  ],
  projects: [{ id: 1, path: 'group/app', ci: { build: { script: 'make' } } }],
});
afterAll(simulator.close);

/** What a start with these settings finds, and the lines that it logs. */
async function startWith(
  gitlabUrl: string,
  gitlabToken: string | null,
  signal = new AbortController().signal,
) {
  const lines: object[] = [];
  const line = (fields: object, message: string): void => void lines.push({ ...fields, message });
  const warnings = createStartWarnings({ log: { info: line, warn: line, error: line }, now: Date.now });
  await warnings.check({ gitlabUrl, gitlabToken }, signal);
  return { warnings: warnings.list(), lines };
}

describe('the start asks GitLab once who the token is', () => {
  test.each([
    ['unknown', 'GITLAB_TOKEN: GitLab does not know it'],
    ['reader', 'GITLAB_TOKEN: lacks the scope api'],
  ])('an answer that will not change by itself is one warning line: %s', async (token, words) => {
    const { warnings, lines } = await startWith(simulator.url, token);
    expect(warnings).toEqual([expect.stringContaining(words)]);
    expect(lines).toEqual([
      {
        finding: expect.any(String) as string,
        reason: warnings[0],
        message: 'GitLab does not work with these settings',
      },
    ]);
  });

  test.each([
    [301, { location: 'https://gitlab.example.com/' }],
    [200, { 'content-type': 'text/html' }],
  ])('so is %i %j', async (status, headers) => {
    const server = await startStubServer((response) => response.writeHead(status, headers).end('<html>'));
    const { warnings, lines } = await startWith(server.url, 'glpat-canary');
    expect([warnings.length, lines.length, server.requests.length]).toEqual([1, 1, 1]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('a good token, no token and no answer are none', async () => {
    const broken = await startStubServer((response) => response.writeHead(502).end());
    for (const [url, token] of [
      [simulator.url, 'sound'],
      [simulator.url, null],
      ['http://127.0.0.1:1', 'sound'],
      [broken.url, 'sound'],
    ] as const)
      expect(await startWith(url, token)).toEqual({ warnings: [], lines: [] });
  });

  test('a service that stops meanwhile says nothing', async () => {
    expect(await startWith(simulator.url, 'unknown', AbortSignal.abort())).toEqual({
      warnings: [],
      lines: [],
    });
  });
});

test('/readyz is 200 all the same, and shows what was found', async () => {
  const world = await startService();
  onTestFinished(world.stop);
  const warnings = ['GITLAB_TOKEN: has expired; make another one'];
  await supertest(serverOver(world, { warnings: () => warnings }))
    .get('/readyz')
    .expect(200)
    .expect(({ body }) => expect(body).toEqual({ status: 'ready', warnings }));
});

test('what the doctor finds in the settings is logged at the start, a note as information', () => {
  const lines: object[] = [];
  const line = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, message, ...fields });
  const log = { info: line('info'), warn: line('warn'), error: line('error') };
  const findings = [
    doctorFinding('no_gitlab_token', 'GITLAB_TOKEN', 'there is none', 'set one'),
    doctorFinding('id_tokens_without_policy', 'POLICY_FILE', 'nothing may start', 'set it'),
  ];
  logSettings(findings, log);
  expect(lines).toEqual([
    { level: 'warn', finding: 'no_gitlab_token', remedy: 'set one', message: 'GITLAB_TOKEN: there is none' },
    {
      level: 'info',
      finding: 'id_tokens_without_policy',
      remedy: 'set it',
      message: 'POLICY_FILE: nothing may start',
    },
  ]);
});
