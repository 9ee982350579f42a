import { afterAll, expect, test } from 'vitest';
import { checkSignIn } from '../../src/doctor/check-sign-in.ts';
import { startSimulator } from '../../simulator/simulator.ts';

const redirectUri = 'https://ci.example.com/pt/sign-in/gitlab';
const application = { id: 'good', secret: 'secret', redirectUris: [redirectUri] };
const simulator = await startSimulator({
  users: [
    { username: 'root', token: 'root', admin: true },
    { username: 'bot', token: 'bot', roles: { group: 'maintainer' } },
  ],
  projects: [{ id: 1, path: 'group/app' }],
  applications: [application, { ...application, id: 'no profile', scopes: ['openid'] }],
});
afterAll(simulator.close);

const look = async (given: object = {}, gitlabToken = 'root') => {
  const signIn = { clientId: 'good', clientSecret: 'secret', redirectUri, admins: [], ...given };
  const findings = await checkSignIn({ gitlabUrl: simulator.url, gitlabToken, signIn });
  return findings.map(({ code, severity, subject }) => `${severity} ${code} ${subject}`);
};

test.each([
  [{}, []],
  [{ clientId: 'another' }, ['error sign_in_application_unknown GITLAB_OAUTH_ID']],
  [{ clientSecret: 'another' }, ['error sign_in_application_unknown GITLAB_OAUTH_ID']],
  [
    { redirectUri: 'https://ci.example.com/sign-in/gitlab' },
    ['error sign_in_redirect_differs GITLAB_OAUTH_ID'],
  ],
  [{ clientId: 'no profile' }, ['error sign_in_scope_missing GITLAB_OAUTH_ID']],
])('an application with %j', async (given, expected) => {
  expect(await look(given)).toEqual(expected);
});

test("a token that is no administrator's leaves the redirect URI to a person", async () => {
  expect(await look({}, 'bot')).toEqual(['note sign_in_not_checked GITLAB_OAUTH_ID']);
});

test('a GitLab that has another address for itself', async () => {
  simulator.lie({ discovery: { issuer: 'https://gitlab.example.com' } });
  expect(await look()).toEqual(['error sign_in_issuer_differs GITLAB_URL']);
  simulator.lie({});
});

test('nothing is asked without an application, and nothing is said of a GitLab that is away', async () => {
  simulator.clearRequests();
  expect(await checkSignIn({ gitlabUrl: simulator.url, gitlabToken: 'root', signIn: null })).toEqual([]);
  expect(simulator.requests).toEqual([]);
  const signIn = { clientId: 'good', clientSecret: 'secret', redirectUri, admins: [] };
  expect(await checkSignIn({ gitlabUrl: 'http://127.0.0.1:1', gitlabToken: 'root', signIn })).toEqual([]);
});
