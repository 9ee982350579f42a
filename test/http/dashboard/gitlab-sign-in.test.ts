import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { Log } from '../../../src/app/ports/index.ts';
import { pendingMs } from '../../../src/http/dashboard/pending-sign-ins.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { ProviderLies } from '../../../simulator/oauth/lies.ts';
import {
  clientSecret,
  openPersonBrowser,
  peopleEnv,
  peopleScenario,
  publicUrl,
  redirectFor,
} from '../../support/people.ts';
import { startService } from '../../support/start-service.ts';

const lines: { readonly fields: { readonly reason?: string }; readonly message: string }[] = [];
const note = (fields: object, message: string): void => void lines.push({ fields, message });
const log: Log = { info: note, warn: note, error: note };

let aheadMs = 0;
const world = await startService({
  scenario: peopleScenario(),
  env: peopleEnv,
  hooks: false,
  log,
  clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
});
const { simulator } = world;
afterAll(world.stop);
afterEach(() => {
  simulator.lie({});
  simulator.faults.api.splice(0);
  lines.splice(0);
});

const refusals = (): readonly string[] =>
  lines.filter(({ message }) => message === 'sign-in refused').map(({ fields }) => fields.reason ?? '');

/** A sign-in up to GitLab's redirect, which the service answers. */
const goingIn = async (username: 'rita' | 'marge' = 'rita') => {
  const browser = openPersonBrowser(world);
  return { browser, answer: await browser.signIn(username) };
};

describe('a sign-in', () => {
  test('asks GitLab with PKCE, state and nonce, for no more than it needs', async () => {
    const asked = await openPersonBrowser(world).leave();
    expect(asked.href).toMatch(new RegExp(`^${simulator.url}/oauth/authorize\\?`));
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: 'simulated-application',
      redirect_uri: `${publicUrl}/sign-in/gitlab`,
      response_type: 'code',
      scope: 'openid profile',
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    });
  });

  test('ends at the page that was asked for, below the base path, as the user of GitLab', async () => {
    const browser = openPersonBrowser(world);
    const answer = await browser.signIn('rita', '/?state=all');
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/pt/?state=all');
    expect((await browser.get('/')).text).toContain('@rita');
    expect(lines.map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ caller: '@rita' }));
  });

  test('leaves cookies that only the service reads, over TLS, and none of the sign-in', async () => {
    const { browser, answer } = await goingIn();
    const set = answer.headers.getSetCookie().filter((cookie) => !/=;/.test(cookie));
    expect(set).toHaveLength(1);
    expect(set[0]).toMatch(
      /^__Secure-pipeline-trigger=[\w-]{43}; Path=\/pt; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect([...browser.cookies.keys()]).toEqual(['__Secure-pipeline-trigger']);
  });

  test('gives the session another id each time, and ends the one before', async () => {
    const { browser } = await goingIn();
    const before = new Map(browser.cookies);
    await browser.signIn('rita');
    const [[name, id] = ['', '']] = [...before];
    expect(browser.cookies.get(name)).not.toBe(id);
    const old = openPersonBrowser(world);
    old.cookies.set(name, id);
    expect((await old.get('/')).status).toBe(303);
  });

  test('takes no session id that somebody else has put into the browser', async () => {
    const browser = openPersonBrowser(world);
    const planted = 'A'.repeat(43);
    browser.cookies.set('__Secure-pipeline-trigger', planted);
    await browser.signIn('rita');
    expect(browser.cookies.get('__Secure-pipeline-trigger')).not.toBe(planted);
  });

  test('is offered beside API keys', async () => {
    const { text } = await openPersonBrowser(world).get('/sign-in?next=/hooks');
    expect(text).toContain('href="/pt/sign-in/gitlab?next=%2Fhooks"');
    expect(text).toContain('name="key"');
  });

  test('works in two tabs of one browser, in any order', async () => {
    const browser = openPersonBrowser(world);
    const [first, second] = [await browser.leave('/?ref=one'), await browser.leave('/?ref=two')];
    const back = [await redirectFor(second, 'rita'), await redirectFor(first, 'rita')];
    const answers = [];
    for (const path of back) answers.push(await browser.get(path));
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual(['/pt/?ref=two', '/pt/?ref=one']);
  });

  test('keeps a few cookies however often it is begun', async () => {
    const browser = openPersonBrowser(world);
    for (let time = 0; time < 12; time += 1) await browser.leave();
    expect(browser.cookies.size).toBeLessThan(6);
    expect((await browser.signIn('rita')).status).toBe(303);
  });

  test('goes on when GitLab has changed its keys since the last one', async () => {
    await goingIn();
    simulator.rotateSigningKey();
    expect((await goingIn()).answer.status).toBe(303);
  });

  test('allows for clocks that differ a little', async () => {
    simulator.lie({ claims: { iat: Math.floor(Date.now() / 1000) + 20 } });
    expect((await goingIn()).answer.status).toBe(303);
  });

  test('stores no token of the person, and asks GitLab with none of theirs afterwards', async () => {
    const { browser } = await goingIn();
    simulator.clearRequests();
    await browser.get('/?state=all');
    for (const { headers } of simulator.requests) expect(headers['authorization']).toBeUndefined();
  });
});

describe('the place to continue at', () => {
  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '/%2F/evil.example',
    'http://here@evil.example/',
  ])('is one of the service, whatever the link contains: %s', async (next) => {
    const answer = await openPersonBrowser(world).signIn('rita', next);
    const location = answer.headers.get('location') ?? '';
    expect(new URL(location, publicUrl).origin).toBe(new URL(publicUrl).origin);
    expect(location).toMatch(/^\/pt\/(?!\/)/);
  });
});

const later = Math.floor(Date.now() / 1000);

/** Each wrong answer of a provider, and what the log says of it. */
const wrongAnswers: readonly (readonly [what: string, lies: ProviderLies, reason: RegExp])[] = [
  ['a foreign nonce', { claims: { nonce: 'another' } }, /nonce/],
  ['no nonce', { claims: { nonce: undefined } }, /nonce/],
  ['another issuer', { claims: { iss: 'https://gitlab.example.com' } }, /iss/],
  ['another audience', { claims: { aud: 'another-application' } }, /aud/],
  ['several audiences without azp', { claims: { aud: ['simulated-application', 'x'] } }, /azp|aud/],
  ['an expired ID token', { claims: { exp: later - 120, iat: later - 240 } }, /exp/],
  ['an ID token of the future', { claims: { nbf: later + 3_600 } }, /nbf/],
  ['no subject', { claims: { sub: undefined } }, /sub/],
  ['a subject that is no id of GitLab', { claims: { sub: 'root' }, userinfo: { sub: 'root' } }, /sub/],
  ['an id of another kind', { claims: { sub: '-1' }, userinfo: { sub: '-1' } }, /sub/],
  ['another user in the answer about the user', { userinfo: { sub: '1' } }, /sub/],
  ['no username', { userinfo: { preferred_username: undefined } }, /preferred_username/],
  ['a username that is markup', { userinfo: { preferred_username: '<b>x</b>' } }, /preferred_username/],
  ['an unsigned ID token', { signature: 'none' }, /alg|signature/i],
  ['an ID token signed with the secret', { signature: 'secret' }, /alg/i],
  ['an ID token signed by an unpublished key', { signature: 'unpublished key' }, /key/i],
  ['no ID token', { tokens: { id_token: undefined } }, /id_token/],
  ['an ID token that is none', { tokens: { id_token: 'x.y' } }, /./],
  ['no access token', { tokens: { access_token: undefined } }, /access_token/],
  ['an issuer in the redirect that is not GitLab', { redirect: { iss: 'https://evil.example' } }, /iss/],
];

describe('a provider that is wrong', () => {
  test.each(wrongAnswers)('with %s is refused, and only the log says why', async (_what, lies, reason) => {
    simulator.lie(lies);
    const { browser, answer } = await goingIn();
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('The log of the service says why');
    expect(refusals()).toEqual([expect.stringMatching(reason)]);
    expect(browser.cookies.size).toBe(0);
  });

  test('every refusal looks the same to the browser', async () => {
    const texts = new Set<string>();
    for (const [, lies] of wrongAnswers) {
      simulator.lie(lies);
      const { answer } = await goingIn();
      texts.add(answer.text.replaceAll(/data-now="[^"]*"/g, ''));
    }
    expect(texts.size).toBe(1);
  });

  test('is not asked for another address than its own', async () => {
    aheadMs += 3_600_000;
    simulator.lie({ discovery: { token_endpoint: 'http://127.0.0.1:1/oauth/token' } });
    const answer = await openPersonBrowser(world).get('/sign-in/gitlab');
    expect(answer.status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('token_endpoint')]);
  });

  test('with another issuer in its discovery is refused', async () => {
    aheadMs += 3_600_000;
    simulator.lie({ discovery: { issuer: 'https://gitlab.example.com' } });
    expect((await openPersonBrowser(world).get('/sign-in/gitlab')).status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('issuer')]);
  });

  test('that sends browsers elsewhere is refused', async () => {
    aheadMs += 3_600_000;
    simulator.lie({ discovery: { authorization_endpoint: 'https://evil.example/oauth/authorize' } });
    const answer = await openPersonBrowser(world).get('/sign-in/gitlab');
    expect(answer.status).toBe(401);
    expect(answer.headers.get('location')).toBeNull();
  });

  test('that answers with more than a provider says is refused', async () => {
    simulator.lie({ userinfo: { name: 'x'.repeat(1_000_000) } });
    const { answer } = await goingIn();
    expect(answer.status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('too long')]);
  });
});

describe('a redirect that is wrong', () => {
  test('brings an error of GitLab, such as that the person refused', async () => {
    const browser = openPersonBrowser(world);
    const answer = await browser.get(await redirectFor(await browser.leave(), '-'));
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('access_denied');
    expect(refusals()).toEqual([expect.stringContaining('access_denied')]);
  });

  test('has the state of another browser', async () => {
    const [victim, attacker] = [openPersonBrowser(world), openPersonBrowser(world)];
    await victim.leave();
    const back = await redirectFor(await attacker.leave(), 'rita');
    const answer = await victim.get(back);
    expect(answer.status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('state')]);
    expect([...victim.cookies.keys()]).not.toContain('__Secure-pipeline-trigger');
  });

  test('is replayed', async () => {
    const browser = openPersonBrowser(world);
    const asked = await browser.leave();
    const kept = new Map(browser.cookies);
    const back = await redirectFor(asked, 'rita');
    expect((await browser.get(back)).status).toBe(303);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect((await browser.get(back)).status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('used before')]);
  });

  test('has its state again with a new code', async () => {
    const browser = openPersonBrowser(world);
    const asked = await browser.leave();
    const kept = new Map(browser.cookies);
    expect((await browser.get(await redirectFor(asked, 'rita'))).status).toBe(303);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    expect((await browser.get(await redirectFor(asked, 'marge'))).status).toBe(401);
  });

  test("has the code of somebody else's sign-in", async () => {
    const [victim, attacker] = [openPersonBrowser(world), openPersonBrowser(world)];
    const stolen = new URL(await redirectFor(await attacker.leave(), 'marge'), publicUrl);
    const own = new URL(await redirectFor(await victim.leave(), 'rita'), publicUrl);
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    expect((await victim.get(own.pathname + own.search)).status).toBe(401);
    // PKCE: GitLab itself refuses it, and the nonce would be another one.
    expect(refusals()).toEqual([expect.stringContaining('invalid_grant')]);
  });

  test("has somebody else's code where the provider does not look at the verifier", async () => {
    simulator.lie({ takesAnyCode: true });
    const [victim, attacker] = [openPersonBrowser(world), openPersonBrowser(world)];
    const stolen = new URL(await redirectFor(await attacker.leave(), 'marge'), publicUrl);
    const own = new URL(await redirectFor(await victim.leave(), 'rita'), publicUrl);
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
    expect((await victim.get(own.pathname + own.search)).status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('nonce')]);
  });

  test('comes too late', async () => {
    const browser = openPersonBrowser(world);
    const back = await redirectFor(await browser.leave(), 'rita');
    aheadMs += pendingMs;
    expect((await browser.get(back)).status).toBe(401);
    expect(refusals()).toEqual([expect.stringContaining('too old')]);
  });

  test.each(['?state=x&code=y', '?code=y', '?error=access_denied', '?state=%00&code=', '?state[]=1&code=2'])(
    'belongs to no sign-in: %s',
    async (query) => {
      const answer = await openPersonBrowser(world).get(`/sign-in/gitlab${query}`);
      expect(answer.status).toBe(401);
    },
  );

  test('has a cookie that was changed', async () => {
    const browser = openPersonBrowser(world);
    const back = await redirectFor(await browser.leave(), 'rita');
    for (const [name, value] of browser.cookies)
      browser.cookies.set(name, `${value.slice(0, -4)}${value.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`);
    expect((await browser.get(back)).status).toBe(401);
  });
});

describe('GitLab away', () => {
  test.each([
    ['before the browser leaves', /openid-configuration/],
    ['when the code is exchanged', /oauth\/token/],
    ['when its keys are read', /discovery\/keys/],
    ['when it is asked about the user', /oauth\/userinfo/],
  ])('%s: not signed in, and the next try goes well', async (_when, path) => {
    aheadMs += 3_600_000;
    simulator.faults.api.push({ kind: 'resetBefore', match: { path } });
    const browser = openPersonBrowser(world);
    const left = await browser.get('/sign-in/gitlab');
    const answer =
      left.status === 303
        ? await browser.get(await redirectFor(new URL(left.headers.get('location') ?? ''), 'rita'))
        : left;
    expect(answer.status).toBe(401);
    expect(refusals()).toHaveLength(1);
    simulator.faults.api.splice(0);
    expect((await browser.signIn('rita')).status).toBe(303);
  });
});

test('a user who is blocked since gets no session', async () => {
  const browser = openPersonBrowser(world);
  const back = await redirectFor(await browser.leave(), 'gus');
  simulator.setUserState('gus', 'blocked');
  expect((await browser.get(back)).status).toBe(401);
  expect(refusals()).toEqual([expect.stringContaining('blocked')]);
});

test('the secret of the application goes to GitLab alone, in no address', async () => {
  simulator.clearRequests();
  await goingIn();
  const sent = simulator.requests.filter(({ input }) => JSON.stringify(input).includes(clientSecret));
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /oauth/token']);
});
