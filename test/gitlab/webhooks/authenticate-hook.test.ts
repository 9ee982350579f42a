import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { HookSecrets } from '../../../src/gitlab/webhooks/authenticate-hook.ts';
import { createHookAuthenticator } from '../../../src/gitlab/webhooks/authenticate-hook.ts';
import { projectSecret } from '../../../src/gitlab/webhooks/project-secret.ts';
import { createHostCheck } from '../../../src/domain/access/allowed-host.ts';
import { headersOf } from '../../support/header.ts';

type Headers = Readonly<Record<string, string>>;

const none: HookSecrets = { plain: [], signing: [], relay: [] };
const body = Buffer.from('{"object_kind":"pipeline"}');
/** Bytes that are no text in UTF-8. */
const noText = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);

const authenticatorFor = (secrets: Partial<HookSecrets>, atSeconds = 0) =>
  createHookAuthenticator({ ...none, ...secrets }, () => atSeconds * 1000, createHostCheck(null));

/** What the endpoint asks: the headers first, the body only where they leave it open. */
async function isLetIn(
  secrets: Partial<HookSecrets>,
  headers: Headers,
  content: Buffer = body,
  atSeconds = 0,
): Promise<boolean> {
  const authenticator = authenticatorFor(secrets, atSeconds);
  const byHeaders = authenticator.byHeaders(headersOf(headers));
  if (byHeaders !== 'signed') return byHeaders === 'yes';
  return (await authenticator.byBody(headersOf(headers), content)) !== null;
}

test('without secrets everyone may send hooks, to a name of this machine', async () => {
  const host = 'localhost:8080';
  expect(await isLetIn({}, { host })).toBe(true);
  expect(await isLetIn({}, { host, 'x-gitlab-token': 'anything' })).toBe(true);
  expect(await isLetIn({}, { host: 'evil.example' })).toBe(false);
  expect(await isLetIn({}, {})).toBe(false);
});

test('with a secret it does not matter what this machine is called', async () => {
  const headers = { host: 'evil.example', 'x-gitlab-token': 'secret' };
  expect(await isLetIn({ plain: ['secret'] }, headers)).toBe(true);
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
    ['longer', { 'x-gitlab-token': 'old ' }],
    ['written otherwise', { 'x-gitlab-token': 'OLD' }],
    ['all of them', { 'x-gitlab-token': 'old,new' }],
    ['sent twice', { 'x-gitlab-token': 'old, old' }],
    ['sent as something else', { authorization: 'Bearer old', 'x-hub-signature-256': 'old' }],
  ])('that is %s is refused', async (_how, headers) => {
    expect(await isLetIn(secrets, headers)).toBe(false);
  });

  test('decides before the body is read', () => {
    const authenticator = authenticatorFor(secrets);
    expect(authenticator.byHeaders(headersOf({ 'x-gitlab-token': 'old' }))).toBe('yes');
    expect(authenticator.byHeaders(headersOf({ 'x-gitlab-token': 'wrong' }))).toBe('no');
  });

  test('arrives without its line breaks', async () => {
    expect(await isLetIn({ plain: ['two\r\nlines\n'] }, { 'x-gitlab-token': 'twolines' })).toBe(true);
  });

  test('may hold any characters: Node reads the bytes of a header as Latin-1', async () => {
    const sent = Buffer.from('geheimnis-äöü-世界').toString('latin1');
    expect(await isLetIn({ plain: ['geheimnis-äöü-世界'] }, { 'x-gitlab-token': sent })).toBe(true);
  });
});

describe('the signature of a relay', () => {
  const secrets = { relay: ['old', 'new'] };
  const signedWith = async (secret: string): Promise<Headers> => ({
    'x-hub-signature-256': await sign(secret, body.toString()),
  });
  const bytesSignedWith = (secret: string, bytes: Buffer): Headers => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
  });

  test.each([['old'], ['new']])('lets in, also while rotating: %s', async (secret) => {
    expect(await isLetIn(secrets, await signedWith(secret))).toBe(true);
  });

  test('over text that is not ASCII lets in', async () => {
    const text = '\uFEFF{"message":"héllo 世界"}';
    const headers = { 'x-hub-signature-256': await sign('new', text) };
    expect(await isLetIn(secrets, headers, Buffer.from(text))).toBe(true);
  });

  test('is over bytes, whatever they stand for', async () => {
    for (const bytes of [noText, Buffer.alloc(0)]) {
      expect(await isLetIn(secrets, bytesSignedWith('new', bytes), bytes)).toBe(true);
      expect(await isLetIn(secrets, bytesSignedWith('wrong', bytes), bytes)).toBe(false);
    }
    // As text the two are the same.
    const alike = Buffer.from(noText.toString('utf8'));
    expect(await isLetIn(secrets, bytesSignedWith('new', alike), noText)).toBe(false);
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
      expect(await isLetIn(secrets, { 'x-hub-signature-256': signature }, Buffer.alloc(0))).toBe(false);
    },
  );

  test('is refused in capitals, or sent twice', async () => {
    const { 'x-hub-signature-256': signature = '' } = await signedWith('old');
    expect(await isLetIn(secrets, { 'x-hub-signature-256': signature.toUpperCase() })).toBe(false);
    expect(await isLetIn(secrets, { 'x-hub-signature-256': `${signature}, ${signature}` })).toBe(false);
  });

  test('that is missing is refused before the body is read', () => {
    const authenticator = authenticatorFor(secrets);
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

  test('that is wrong is not made good by a right token', async () => {
    const both = { plain: ['token'], relay: ['relay'] };
    expect(await isLetIn(both, { ...(await signedWith('wrong')), 'x-gitlab-token': 'token' })).toBe(false);
  });

  test('is of no matter to one who holds no secret of relays', async () => {
    const headers = { ...(await signedWith('wrong')), 'x-gitlab-token': 'token' };
    expect(await isLetIn({ plain: ['token'] }, headers)).toBe(true);
  });
});

describe('the signature of GitLab', () => {
  interface Vector {
    readonly signing_token: string;
    readonly headers: Headers;
    readonly body_utf8: string;
  }
  const file = new URL('../../fixtures/hooks/signing-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: [Vector, ...Vector[]] };
  const secondsOf = ({ headers }: Vector): number => Number(headers['webhook-timestamp']);

  test.each(vectors)('lets in the vector $headers.webhook-id', async (vector) => {
    const content = Buffer.from(vector.body_utf8);
    const secrets = { signing: [vector.signing_token] };
    expect(await isLetIn(secrets, vector.headers, content, secondsOf(vector))).toBe(true);
  });

  const [first] = vectors;
  const signing = [first.signing_token];
  const content = Buffer.from(first.body_utf8);
  const madeAt = secondsOf(first);

  test.each([
    [-301, false],
    [-300, true],
    [0, true],
    [300, true],
    [300.999, true],
    [301, false],
  ])('%d seconds after it was made: %s', async (seconds, isIn) => {
    expect(await isLetIn({ signing }, first.headers, content, madeAt + seconds)).toBe(isIn);
  });

  describe('in time', () => {
    const { 'webhook-signature': signature = '', 'webhook-id': id = '' } = first.headers;
    const otherToken = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const isIn = (
      headers: Headers,
      { secrets = { signing }, bytes = content }: { secrets?: Partial<HookSecrets>; bytes?: Buffer } = {},
    ): Promise<boolean> => isLetIn(secrets, headers, bytes, madeAt);

    /** Signed as GitLab does, whatever the parts are. */
    const signed = (messageId: string, timestamp: string, bytes: Buffer): Headers => {
      const key = Buffer.from(first.signing_token.slice('whsec_'.length), 'base64');
      const hmac = createHmac('sha256', key).update(`${messageId}.${timestamp}.`).update(bytes);
      return {
        'webhook-id': messageId,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${hmac.digest('base64')}`,
      };
    };

    test('lets in by any of several tokens, while rotating', async () => {
      expect(await isIn(first.headers, { secrets: { signing: [otherToken, ...signing] } })).toBe(true);
      expect(await isIn(first.headers, { secrets: { signing: [...signing, otherToken] } })).toBe(true);
    });

    test.each([
      ['after others', `v1,bm9uZQ== v1a,x v2,y ${signature}`],
      ['before others', `${signature} v1,bm9uZQ== v9`],
      ['among blanks', `  ${signature}  `],
    ])('may be one of several, %s', async (_where, several) => {
      expect(await isIn({ ...first.headers, 'webhook-signature': several })).toBe(true);
    });

    test('is over bytes, whatever they stand for', async () => {
      expect(await isIn(signed('id', String(madeAt), noText), { bytes: noText })).toBe(true);
      // As text the two are the same.
      const alike = Buffer.from(noText.toString('utf8'));
      expect(await isIn(signed('id', String(madeAt), alike), { bytes: noText })).toBe(false);
    });

    test.each<[string, Headers]>([
      ['another id', { 'webhook-id': 'another' }],
      ['the id twice', { 'webhook-id': `${id}, ${id}` }],
      ['no id', { 'webhook-id': '' }],
      ['another time', { 'webhook-timestamp': String(madeAt + 1) }],
      ['no time', { 'webhook-timestamp': '' }],
      ['a time that is none', { 'webhook-timestamp': 'now' }],
      ['the time twice', { 'webhook-timestamp': `${madeAt}, ${madeAt}` }],
      ['another signature', { 'webhook-signature': 'v1,bm9uZQ==' }],
      ['a signature of the right length', { 'webhook-signature': `v1,${'A'.repeat(43)}=` }],
      ['a longer signature', { 'webhook-signature': `${signature}AAAA` }],
      ['a shorter signature', { 'webhook-signature': signature.slice(0, -1) }],
      ['a signature and more', { 'webhook-signature': `${signature},x` }],
      ['base64 of URLs', { 'webhook-signature': signature.replaceAll('=', '') }],
      ['another version', { 'webhook-signature': signature.replace('v1,', 'v2,') }],
      ['a version in capitals', { 'webhook-signature': signature.replace('v1,', 'V1,') }],
      ['the version of asymmetric signatures', { 'webhook-signature': signature.replace('v1,', 'v1a,') }],
      ['no version', { 'webhook-signature': signature.replace('v1,', '') }],
      ['commas between signatures', { 'webhook-signature': `v1,bm9uZQ==,${signature}` }],
      ['an empty signature', { 'webhook-signature': '' }],
      ['half a signature', { 'webhook-signature': 'v1' }],
    ])('is refused with %s', async (_what, headers) => {
      expect(await isIn({ ...first.headers, ...headers })).toBe(false);
    });

    test.each([
      `${madeAt}.0`,
      `${madeAt}x`,
      ` ${madeAt}`,
      `+${madeAt}`,
      `0${madeAt}`,
      '1.744578123e9',
      '0x67fc254b',
      `${madeAt}000`,
      '-1',
      '9'.repeat(400),
      'NaN',
      'Infinity',
      '',
    ])('is refused with the time %j, also when that was signed', async (timestamp) => {
      expect(await isIn(signed('id', timestamp, content), {})).toBe(false);
    });

    test('is refused with an id that could pass for more than an id', async () => {
      const bytes = Buffer.from(`{"message":"x.${madeAt}.{}"}`);
      const old = signed('id', String(madeAt - 9999), bytes);
      const shifted = {
        'webhook-id': `id.${madeAt - 9999}.{"message":"x`,
        'webhook-timestamp': String(madeAt),
        'webhook-signature': old['webhook-signature'] ?? '',
      };
      expect(await isIn(shifted, { bytes: Buffer.from('{}"}') })).toBe(false);
      expect(await isIn(signed('a.b', String(madeAt), content))).toBe(false);
    });

    test('over another body, or by another token, is refused', async () => {
      expect(await isIn(first.headers, { bytes: Buffer.from('{}') })).toBe(false);
      expect(await isIn(first.headers, { bytes: Buffer.concat([content, Buffer.from(' ')]) })).toBe(false);
      expect(await isIn(first.headers, { secrets: { signing: [otherToken] } })).toBe(false);
    });

    test('cannot be left out where it is the only way in', async () => {
      expect(await isIn({})).toBe(false);
      expect(await isIn({ 'x-gitlab-token': signing[0] ?? '' })).toBe(false);
      const { 'webhook-signature': _left, ...unsigned } = first.headers;
      expect(await isIn(unsigned)).toBe(false);
    });

    test('that is wrong is not made good by a right token', async () => {
      const secrets = { signing, plain: ['token'] };
      for (const wrong of ['v1,bm9uZQ==', 'v2,x', '']) {
        const headers = { ...first.headers, 'webhook-signature': wrong, 'x-gitlab-token': 'token' };
        expect(await isIn(headers, { secrets })).toBe(false);
      }
      expect(await isIn({ 'x-gitlab-token': 'token' }, { secrets })).toBe(true);
    });

    test('that is too old is made good by the relay that passes it on', async () => {
      const headers = { ...first.headers, 'x-hub-signature-256': await sign('relay', first.body_utf8) };
      const secrets = { signing, relay: ['relay'] };
      expect(await isLetIn(secrets, headers, content, madeAt + 3600)).toBe(true);
      expect(await isLetIn(secrets, first.headers, content, madeAt + 3600)).toBe(false);
    });

    test('is of no matter to one who holds no signing token', async () => {
      const headers = { ...first.headers, 'x-gitlab-token': 'token' };
      expect(await isIn(headers, { secrets: { plain: ['token'] } })).toBe(true);
      expect(await isIn(first.headers, { secrets: { plain: ['token'] } })).toBe(false);
    });

    test('is what the library of Standard Webhooks makes of any text', async () => {
      const webhook = new Webhook(first.signing_token);
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.uuid(), async (text, messageId) => {
          const headers = {
            'webhook-id': messageId,
            'webhook-timestamp': String(madeAt),
            'webhook-signature': webhook.sign(messageId, new Date(madeAt * 1000), text),
          };
          expect(await isIn(headers, { bytes: Buffer.from(text) })).toBe(true);
        }),
      );
    });
  });
});

describe('the own secret of a project', () => {
  const gitlabUrls = ['https://gitlab.example.com/below', 'https://other.example.com'];
  const authenticator = createHookAuthenticator(
    { ...none, plain: ['new-secret', 'old-secret'], relay: ['relay-secret'] },
    () => 0,
    createHostCheck(null),
    gitlabUrls,
  );
  /** Source: `printf %s 'https://gitlab.example.com42' | openssl dgst -sha256 -hmac new-secret` */
  const vector = '035f235cef0adeb64d1d2c27b37800db828d4da3eecd7c9b0b4b32387311194b';
  const of = (projectId: number, origin = 'https://gitlab.example.com', secret = 'new-secret'): string =>
    createHmac('sha256', secret).update(`${origin}${projectId}`).digest('hex');
  const bodyOf = (content: object): Buffer => Buffer.from(JSON.stringify(content));
  const credentialFor = (token: string, content: Buffer, more: Headers = {}) => {
    const header = headersOf({ 'x-gitlab-token': token, ...more });
    expect(authenticator.byHeaders(header)).toBe('signed');
    return authenticator.byBody(header, content);
  };
  const own = { kind: 'project', origin: 'https://gitlab.example.com', isCurrent: true };

  test('is GitLab’s origin and the project’s id, by HMAC-SHA256 in hexadecimal', () => {
    expect(projectSecret('new-secret', 'https://gitlab.example.com', 42)).toBe(vector);
  });

  test.each<[string, object]>([
    ['a pipeline’s project', { project: { id: 42 } }],
    ['a job’s', { project_id: 42 }],
    ['both', { project_id: 42, project: { id: '42' } }],
  ])('lets in bodies that name it as %s', async (_what, content) => {
    expect(await credentialFor(of(42), bodyOf(content))).toEqual(own);
  });

  test('differs by GitLab and by WEBHOOK_SECRET, which the credential names', async () => {
    const body = bodyOf({ project: { id: 42 } });
    expect(await credentialFor(of(42, 'https://other.example.com'), body)).toEqual({
      ...own,
      origin: 'https://other.example.com',
    });
    expect(await credentialFor(of(42, undefined, 'old-secret'), body)).toEqual({ ...own, isCurrent: false });
  });

  test.each<[string, string, Buffer]>([
    ['another project', of(42), bodyOf({ project: { id: 43 } })],
    ['two projects', of(42), bodyOf({ project: { id: 43 }, project_id: 42 })],
    ['two projects, the other way round', of(42), bodyOf({ project: { id: 42 }, project_id: 43 })],
    ['no project', of(42), bodyOf({})],
    ['its project in a list', of(42), bodyOf({ project: [{ id: 42 }] })],
    ['nothing that is JSON', of(42), Buffer.from('42')],
    ['no text', of(42), noText],
    ['too much to be parsed', of(42), Buffer.from(`{"project":{"id":42},"x":${'['.repeat(500_000)}`)],
    [
      'its project, by an unknown GitLab',
      of(42, 'https://third.example.com'),
      bodyOf({ project: { id: 42 } }),
    ],
    ['its project, by an unknown secret', of(42, undefined, 'wrong'), bodyOf({ project: { id: 42 } })],
  ])('is refused with a body that names %s', async (_what, token, content) => {
    expect(await credentialFor(token, content)).toBeNull();
  });

  test.each([[of(42).toUpperCase()], [of(42).slice(1)], [`${of(42)} `]])(
    'written otherwise is refused before the body is read: %s',
    (token) => {
      expect(authenticator.byHeaders(headersOf({ 'x-gitlab-token': token }))).toBe('no');
    },
  );

  test('is known beside a signature, which is shared by itself; beside a wrong one it is refused', async () => {
    const content = JSON.stringify({ project: { id: 42 } });
    const good = { 'x-hub-signature-256': await sign('relay-secret', content) };
    const wrong = { 'x-hub-signature-256': await sign('another-secret', content) };
    const body = Buffer.from(content);
    expect(await credentialFor(of(42), body, good)).toEqual(own);
    expect(await credentialFor(of(43), body, good)).toEqual({ kind: 'shared' });
    expect(await credentialFor(of(42), body, wrong)).toBeNull();
  });

  test('is none where no WEBHOOK_SECRET is set', () => {
    const other = authenticatorFor({ relay: ['relay-secret'] });
    expect(other.byHeaders(headersOf({ 'x-gitlab-token': of(42) }))).toBe('no');
  });
});
