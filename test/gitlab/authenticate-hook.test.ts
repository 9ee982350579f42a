import { readFileSync } from 'node:fs';
import { sign } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HookSecrets } from '../../src/gitlab/authenticate-hook.ts';
import { createHookAuthenticator } from '../../src/gitlab/authenticate-hook.ts';
import { headersOf } from '../support/header.ts';

type Headers = Readonly<Record<string, string>>;

const none: HookSecrets = { plain: [], signing: [], relay: [] };
const body = Buffer.from('{"object_kind":"pipeline"}');

/** What the endpoint asks: the headers first, the body only where they leave it open. */
async function isLetIn(
  secrets: Partial<HookSecrets>,
  headers: Headers,
  content: Buffer = body,
): Promise<boolean> {
  const authenticator = createHookAuthenticator({ ...none, ...secrets });
  const byHeaders = authenticator.byHeaders(headersOf(headers));
  return byHeaders === 'signed' ? authenticator.byBody(headersOf(headers), content) : byHeaders === 'yes';
}

test('without secrets everyone may send hooks', async () => {
  expect(await isLetIn({}, {})).toBe(true);
  expect(await isLetIn({}, { 'x-gitlab-token': 'anything' })).toBe(true);
});

describe('a secret token', () => {
  const secrets = { plain: ['old', 'new'] };

  test.each([['old'], ['new']])('lets in, also while rotating: %s', async (token) => {
    expect(await isLetIn(secrets, { 'x-gitlab-token': token })).toBe(true);
  });

  test.each<[string, Headers]>([
    ['missing', {}],
    ['empty', { 'x-gitlab-token': '' }],
    ['wrong', { 'x-gitlab-token': 'ol' }],
    ['all of them', { 'x-gitlab-token': 'old,new' }],
    ['sent as something else', { authorization: 'Bearer old', 'x-hub-signature-256': 'old' }],
  ])('that is %s is refused', async (_how, headers) => {
    expect(await isLetIn(secrets, headers)).toBe(false);
  });

  test('decides before the body is read', () => {
    const authenticator = createHookAuthenticator({ ...none, ...secrets });
    expect(authenticator.byHeaders(headersOf({ 'x-gitlab-token': 'old' }))).toBe('yes');
    expect(authenticator.byHeaders(headersOf({ 'x-gitlab-token': 'wrong' }))).toBe('no');
  });
});

describe('the signature of a relay', () => {
  const secrets = { relay: ['old', 'new'] };
  const signedWith = async (secret: string): Promise<Headers> => ({
    'x-hub-signature-256': await sign(secret, body.toString()),
  });

  test.each([['old'], ['new']])('lets in, also while rotating: %s', async (secret) => {
    expect(await isLetIn(secrets, await signedWith(secret))).toBe(true);
  });

  test('over text that is not ASCII lets in', async () => {
    const text = '{"message":"héllo 世界"}';
    const headers = { 'x-hub-signature-256': await sign('new', text) };
    expect(await isLetIn(secrets, headers, Buffer.from(text))).toBe(true);
  });

  test('by another secret, or over another body, is refused', async () => {
    expect(await isLetIn(secrets, await signedWith('wrong'))).toBe(false);
    expect(await isLetIn(secrets, await signedWith('old'), Buffer.from('{}'))).toBe(false);
    expect(await isLetIn(secrets, await signedWith('old'), Buffer.alloc(0))).toBe(false);
  });

  test.each([[''], ['sha256='], ['sha1=abc'], ['old'], [`sha256=${'0'.repeat(64)}`]])(
    'that is none is refused: %j',
    async (signature) => {
      expect(await isLetIn(secrets, { 'x-hub-signature-256': signature })).toBe(false);
    },
  );

  test('that is missing is refused before the body is read', () => {
    const authenticator = createHookAuthenticator({ ...none, ...secrets });
    expect(authenticator.byHeaders(headersOf({}))).toBe('no');
    expect(authenticator.byHeaders(headersOf({ 'x-hub-signature-256': 'x' }))).toBe('signed');
  });

  test('is one way in, the secret token another', async () => {
    const both = { plain: ['token'], relay: ['relay'] };
    expect(await isLetIn(both, { 'x-gitlab-token': 'token' })).toBe(true);
    expect(await isLetIn(both, await signedWith('relay'))).toBe(true);
    expect(await isLetIn(both, { 'x-gitlab-token': 'relay' })).toBe(false);
    expect(await isLetIn(both, await signedWith('token'))).toBe(false);
  });
});

describe('the signature of GitLab', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  interface Vector {
    readonly signing_token: string;
    readonly headers: Headers;
    readonly body_utf8: string;
  }
  const file = new URL('../fixtures/hooks/signing-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: [Vector, ...Vector[]] };
  const secondsOf = ({ headers }: Vector): number => Number(headers['webhook-timestamp']);
  const setSeconds = (seconds: number): void => void vi.setSystemTime(seconds * 1000);

  test.each(vectors)('lets in the vector $headers.webhook-id', async (vector) => {
    setSeconds(secondsOf(vector));
    const content = Buffer.from(vector.body_utf8);
    expect(await isLetIn({ signing: [vector.signing_token] }, vector.headers, content)).toBe(true);
  });

  const [first] = vectors;
  const signing = [first.signing_token];
  const content = Buffer.from(first.body_utf8);

  test.each([
    [-301, false],
    [-300, true],
    [0, true],
    [300, true],
    [301, false],
  ])('%i seconds after it was made: %s', async (seconds, isIn) => {
    setSeconds(secondsOf(first) + seconds);
    expect(await isLetIn({ signing }, first.headers, content)).toBe(isIn);
  });

  describe('in time', () => {
    beforeEach(() => setSeconds(secondsOf(first)));
    const { 'webhook-signature': signature = '' } = first.headers;
    const otherToken = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

    test('lets in by any of several tokens, while rotating', async () => {
      expect(await isLetIn({ signing: [otherToken, ...signing] }, first.headers, content)).toBe(true);
    });

    test('may be any of several', async () => {
      const several = { ...first.headers, 'webhook-signature': `v1,bm9uZQ== v1a,x ${signature}` };
      expect(await isLetIn({ signing }, several, content)).toBe(true);
    });

    test.each<[string, Headers]>([
      ['another id', { 'webhook-id': 'another' }],
      ['another time', { 'webhook-timestamp': String(secondsOf(first) + 1) }],
      ['no time', { 'webhook-timestamp': '' }],
      ['a time that is none', { 'webhook-timestamp': 'now' }],
      ['no id', { 'webhook-id': '' }],
      ['another signature', { 'webhook-signature': 'v1,bm9uZQ==' }],
      ['another version', { 'webhook-signature': signature.replace('v1,', 'v2,') }],
      ['an empty signature', { 'webhook-signature': '' }],
      ['half a signature', { 'webhook-signature': 'v1' }],
    ])('is refused with %s', async (_what, headers) => {
      expect(await isLetIn({ signing }, { ...first.headers, ...headers }, content)).toBe(false);
    });

    test('over another body, or by another token, is refused', async () => {
      expect(await isLetIn({ signing }, first.headers, Buffer.from('{}'))).toBe(false);
      expect(await isLetIn({ signing: [otherToken] }, first.headers, content)).toBe(false);
    });

    test('cannot be left out where it is the only way in', async () => {
      expect(await isLetIn({ signing }, {})).toBe(false);
      expect(await isLetIn({ signing }, { 'x-gitlab-token': signing[0] ?? '' })).toBe(false);
    });

    test('that is wrong is not made good by a right token', async () => {
      const secrets = { signing, plain: ['token'] };
      const wrong = { ...first.headers, 'webhook-signature': 'v1,bm9uZQ==', 'x-gitlab-token': 'token' };
      expect(await isLetIn(secrets, wrong, content)).toBe(false);
      expect(await isLetIn(secrets, { 'x-gitlab-token': 'token' }, content)).toBe(true);
    });

    test('is of no matter to one who holds no signing token', async () => {
      const headers = { ...first.headers, 'x-gitlab-token': 'token' };
      expect(await isLetIn({ plain: ['token'] }, headers, content)).toBe(true);
      expect(await isLetIn({ plain: ['token'] }, first.headers, content)).toBe(false);
    });

    test('is what the library of Standard Webhooks makes of it', () => {
      const made = new Webhook(first.signing_token).sign('id', new Date(), first.body_utf8);
      const headers = {
        'webhook-id': 'id',
        'webhook-timestamp': first.headers['webhook-timestamp'] ?? '',
        'webhook-signature': made,
      };
      return expect(isLetIn({ signing }, headers, content)).resolves.toBe(true);
    });
  });
});
