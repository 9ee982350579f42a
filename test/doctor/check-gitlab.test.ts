import { afterAll, describe, expect, test } from 'vitest';
import { checkGitLab } from '../../src/doctor/check-gitlab.ts';
import type { DoctorFinding } from '../../src/domain/doctor-finding.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { startStubServer } from '../support/start-stub-server.ts';

const day = 86_400_000;
const dateIn = (days: number): string => new Date(Date.now() + days * day).toISOString().slice(0, 10);

const users = [
  { username: 'sound', token: 'sound' },
  { username: 'later', token: 'later', tokenExpiresAt: dateIn(16) },
  { username: 'soon', token: 'soon', tokenExpiresAt: dateIn(13) },
  { username: 'past', token: 'past', tokenExpiresAt: dateIn(0) },
  { username: 'wide', token: 'wide', scopes: ['api', 'sudo', 'admin_mode'] },
  { username: 'reader', token: 'reader', scopes: ['read_api'] },
  { username: 'none', token: 'none', scopes: ['read_repository'] },
];
const simulator: Simulator = await startSimulator({
  users,
  projects: [{ id: 1, path: 'group/app', ci: { build: { script: 'make' } } }],
});
afterAll(simulator.close);

const look = (gitlabToken: string, now: () => number = Date.now): Promise<readonly DoctorFinding[]> =>
  checkGitLab({ gitlabUrl: simulator.url, gitlabToken }, now);
const inShort = (findings: readonly DoctorFinding[]) =>
  findings.map(({ code, severity, subject, problem }) => `${severity} ${code} ${subject}: ${problem}`);

test.each([
  ['sound', []],
  ['later', []],
  ['soon', [`warning token_expires_soon GITLAB_TOKEN: expires on ${dateIn(13)}`]],
  ['past', ['error token_expired GITLAB_TOKEN: has expired']],
  ['wide', ['warning token_scope_wide GITLAB_TOKEN: has scopes that it does not need: sudo, admin_mode']],
  ['reader', ['error token_scope_missing GITLAB_TOKEN: lacks the scope api']],
  ['none', ['error token_scope_missing GITLAB_TOKEN: lacks the scope api']],
  ['unknown', ['error token_refused GITLAB_TOKEN: GitLab does not know it']],
])('a token that is %s', async (token, expected) => {
  expect(inShort(await look(token))).toEqual(expected);
});

test('a clock that differs by more than a minute', async () => {
  expect(inShort(await look('sound', () => Date.now() + 50_000))).toEqual([]);
  for (const ms of [-300_000, 300_000])
    expect(await look('sound', () => Date.now() + ms)).toMatchObject([
      {
        code: 'clock_skew',
        subject: 'clock',
        problem: expect.stringMatching(/^differs from GitLab's by (299|300|301) seconds$/) as string,
      },
    ]);
});

test('what is no GitLab, and what fails', async () => {
  simulator.faults.api.push({ kind: 'status', status: 502 });
  expect(inShort(await look('sound'))).toEqual([
    'note gitlab_unreachable GITLAB_TOKEN: what GitLab says of it is not clear (502)',
  ]);
  simulator.faults.api.splice(0);
});

test('GitLab that cannot be reached is a note', async () => {
  const config = { gitlabUrl: 'http://127.0.0.1:1', gitlabToken: 'glpat-1' };
  expect(inShort(await checkGitLab(config, Date.now))).toEqual([
    'note gitlab_unreachable GITLAB_URL: cannot be reached from here: its token and clock were not looked at',
  ]);
});

test('without a token there is nothing to ask', async () => {
  expect(await checkGitLab({ gitlabUrl: 'http://127.0.0.1:1', gitlabToken: null }, Date.now)).toEqual([]);
});

describe('a way to GitLab that is set up wrongly', () => {
  const lookAt = async (url: string, gitlabToken = 'glpat-1') =>
    inShort(await checkGitLab({ gitlabUrl: url, gitlabToken }, Date.now));

  test.each([
    [301, { location: 'https://gitlab.example.com/' }, 'redirects to https://gitlab.example.com/ (301)'],
    [302, { location: '/users/sign_in' }, '/users/sign_in (302)'],
    [407, {}, '407 (Proxy Authentication Required)'],
    [200, { 'content-type': 'text/html' }, 'a web page came instead of an answer of the API'],
  ])('%i %j: an error that says what to set', async (status, headers, words) => {
    const server = await startStubServer((response) => response.writeHead(status, headers).end('<html>'));
    const findings = await lookAt(server.url);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/^error gitlab_unusable GITLAB_URL: /);
    expect(findings[0]).toContain(words);
  });

  test('a token that no header can carry: an error', async () => {
    expect(await lookAt(simulator.url, 'glpat-\u200b')).toEqual([
      expect.stringMatching(/^error gitlab_unusable GITLAB_URL: the request cannot be sent/),
    ]);
  });

  test.each([401, 403])('%i of something in front of GitLab says nothing of the token', async (status) => {
    const server = await startStubServer((response) => response.writeHead(status).end('denied'));
    expect(await lookAt(server.url)).toEqual([
      `note gitlab_unreachable GITLAB_TOKEN: what GitLab says of it is not clear (${status})`,
    ]);
  });
});
