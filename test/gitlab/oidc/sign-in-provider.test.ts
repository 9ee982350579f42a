import { afterAll, expect, test } from 'vitest';
import { createSignInProvider } from '../../../src/gitlab/oidc/sign-in-provider.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';

const redirectUri = 'https://ci.example.com/sign-in/gitlab';
const simulator = await startSimulator({
  relativeUrlRoot: '/gitlab',
  users: [{ username: 'alice', token: 'alice' }],
  projects: [{ id: 1, path: 'group/app' }],
  applications: [{ id: 'app', secret: 'secret', redirectUris: [redirectUri] }],
});
afterAll(simulator.close);

const begin = (
  given: { fetch?: typeof globalThis.fetch; now?: () => number; timeoutSeconds?: number } = {},
) =>
  createSignInProvider({
    gitlabUrl: simulator.url,
    clientId: 'app',
    clientSecret: 'secret',
    redirectUri,
    fetch: globalThis.fetch,
    clock: createFakeClock(),
    now: Date.now,
    ...given,
  });

/** A sign-in of alice's, up to what GitLab's redirect brings. */
async function agreed(provider = begin()) {
  const { url, secrets } = await provider.begin();
  url.searchParams.set('as', 'alice');
  const answer = await fetch(url, { redirect: 'manual' });
  const { search } = new URL(answer.headers.get('location') ?? '');
  return { provider, url, secrets, search };
}

test('signs in with a GitLab below a path', async () => {
  const { provider, url, search, secrets } = await agreed();
  expect(url.href).toMatch(/\/gitlab\/oauth\/authorize\?/);
  expect(await provider.finish(search, secrets)).toEqual({ userId: 1, username: 'alice' });
});

test('asks where the endpoints are once for several sign-ins', async () => {
  simulator.clearRequests();
  const { provider } = await agreed();
  await agreed(provider);
  expect(simulator.requests.filter(({ path }) => path.endsWith('/openid-configuration'))).toHaveLength(1);
});

test.each([-25, 25])('by a clock that differs by %i seconds', async (seconds) => {
  const { provider, search, secrets } = await agreed(begin({ now: () => Date.now() + seconds * 1000 }));
  expect(await provider.finish(search, secrets)).toMatchObject({ username: 'alice' });
});

test.each([-60, 300])('not by a clock that differs by %i seconds', async (seconds) => {
  simulator.lie({ claims: { nbf: Math.floor(Date.now() / 1000) } });
  const { provider, search, secrets } = await agreed(begin({ now: () => Date.now() + seconds * 1000 }));
  await expect(provider.finish(search, secrets)).rejects.toThrow();
  simulator.lie({});
});

test('waits for a provider that does not answer, but not for long', async () => {
  simulator.faults.api.push({ kind: 'hang', match: { path: /openid-configuration/ } });
  await expect(begin({ timeoutSeconds: 0.05 }).begin()).rejects.toThrow('timed out');
  simulator.faults.api.splice(0);
});

test('takes an answer that comes in small pieces for as long, too', async () => {
  simulator.faults.api.push({ kind: 'slow', ms: 60_000, match: { path: /openid-configuration/ } });
  await expect(begin({ timeoutSeconds: 0.05 }).begin()).rejects.toThrow();
  simulator.faults.api.splice(0);
});

test('the code of one GitLab is worth nothing at another one', async () => {
  const other = await startSimulator({
    users: [{ username: 'alice', token: 'alice' }],
    projects: [{ id: 1, path: 'group/app' }],
    applications: [{ id: 'app', secret: 'secret', redirectUris: [redirectUri] }],
  });
  const { secrets } = await agreed();
  const { url } = await createSignInProvider({
    gitlabUrl: other.url,
    clientId: 'app',
    clientSecret: 'secret',
    redirectUri,
    fetch: globalThis.fetch,
    clock: createFakeClock(),
    now: Date.now,
  }).begin();
  url.searchParams.set('as', 'alice');
  url.searchParams.set('state', secrets.state);
  const answer = await fetch(url, { redirect: 'manual' });
  const { search } = new URL(answer.headers.get('location') ?? '');
  await expect(begin().finish(search, secrets)).rejects.toThrow();
  await other.close();
});
