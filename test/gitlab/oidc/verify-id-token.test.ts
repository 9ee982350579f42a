import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { GitLabUnavailable } from '../../../src/app/ports/gitlab-unavailable.ts';
import { createIdTokenVerifier } from '../../../src/gitlab/oidc/verify-id-token.ts';

const gitlabUrl = 'https://gitlab.example.com';
const audience = 'https://trigger.example.com';
const at = 1_780_000_000;

const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
const { privateKey: otherKey } = await generateKeyPair('RS256');

let asked: string[];
let lines: string[];
beforeEach(() => {
  asked = [];
  lines = [];
});

const verifier = (changed: { gitlabUrl?: string } = {}) =>
  createIdTokenVerifier({
    gitlabUrl,
    audience,
    findKey: (id) => {
      asked.push(id);
      if (id === 'away')
        return Promise.reject(new GitLabUnavailable('away', { retryAfterMs: 1, inDoubtMs: null }));
      return Promise.resolve(id === 'gitlab' ? publicKey : null);
    },
    now: () => at * 1000,
    log: { info: (fields) => void lines.push(JSON.stringify(fields)) },
    ...changed,
  });
const verify = (token: string) => verifier()(token);

/** As GitLab 18 writes it: ids and booleans are text. */
const payload = {
  iss: gitlabUrl,
  aud: audience,
  iat: at,
  nbf: at - 5,
  exp: at + 3600,
  sub: 'project_path:group/app:ref_type:branch:ref:main',
  project_id: '42',
  project_path: 'group/app',
  job_project_id: '42',
  job_project_path: 'group/app',
  ref: 'main',
  ref_type: 'branch',
  ref_protected: 'true',
  environment: 'production',
  pipeline_source: 'push',
  pipeline_id: '101',
  job_id: '5001',
  user_login: 'alice',
};
type Payload = Record<string, unknown>;

const tokenOf = (
  changed: Payload = {},
  { key = privateKey, header = {} }: { key?: typeof privateKey; header?: object } = {},
): Promise<string> =>
  new SignJWT({ ...payload, ...changed })
    .setProtectedHeader({ alg: 'RS256', kid: 'gitlab', typ: 'JWT', ...header })
    .sign(key);

/** A token by hand: any header, any signature. */
const raw = (header: object, content: object, sign: (text: string) => string = () => ''): string => {
  const text = [header, content].map((part) => base64url.encode(JSON.stringify(part))).join('.');
  return `${text}.${sign(text)}`;
};

const claims = {
  expiresAt: (at + 3600) * 1000,
  projectId: 42,
  projectPath: 'group/app',
  jobProject: { id: 42, path: 'group/app' },
  ref: 'main',
  refProtected: true,
  environment: 'production',
  pipelineSource: 'push',
  pipelineId: 101,
  jobId: 5001,
};

describe('a token of GitLab', () => {
  test('says which job brings it', async () => {
    expect(await verify(await tokenOf())).toEqual(claims);
  });

  test.each<[string, Payload, object]>([
    ['numbers and booleans', { project_id: 42, job_id: 5001, ref_protected: true }, {}],
    ['a ref that is not protected', { ref_protected: 'false' }, { refProtected: false }],
    ['the same as a boolean', { ref_protected: false }, { refProtected: false }],
    ['no environment', { environment: undefined }, { environment: null }],
    ['nothing of where the job runs', { job_project_id: undefined }, { jobProject: null }],
    ['several audiences', { aud: ['https://vault.example.com', audience] }, {}],
  ])('may have %s', async (_what, changed, expected) => {
    expect(await verify(await tokenOf(changed))).toEqual({ ...claims, ...expected });
  });

  test('is of the same GitLab, however its address is written', async () => {
    const token = await tokenOf();
    for (const url of ['https://GitLab.example.com', 'https://gitlab.example.com:443'])
      expect(await verifier({ gitlabUrl: url })(token)).toEqual(claims);
    expect(await verifier({ gitlabUrl: 'https://gitlab.example.com/gitlab' })(token)).toBeNull();
  });

  test.each<[string, Payload, boolean]>([
    ['a second before its end', { exp: at + 1 }, true],
    ['at its end', { exp: at }, false],
    ['after its end', { exp: at - 1 }, false],
    ['at its beginning', { nbf: at }, true],
    ['before its beginning', { nbf: at + 1 }, false],
    ['made five seconds ahead', { iat: at + 5 }, true],
    ['made further ahead', { iat: at + 6 }, false],
  ])('%s is good: %s', async (_when, changed, isGood) => {
    expect((await verify(await tokenOf(changed))) !== null).toBe(isGood);
  });
});

describe('is refused', () => {
  test.each<[string, Payload]>([
    ['for somebody else', { aud: 'https://vault.example.com' }],
    ['for an audience that begins so', { aud: `${audience}/` }],
    ['for nobody', { aud: undefined }],
    ['for an empty list', { aud: [] }],
    ['of another GitLab', { iss: 'https://gitlab.example.org' }],
    ['of the same host by another scheme', { iss: 'http://gitlab.example.com' }],
    ['of the host alone, as CI_JOB_JWT was', { iss: 'gitlab.example.com' }],
    ['of nobody', { iss: undefined }],
    ['without an end', { exp: undefined }],
    ['without a beginning', { nbf: undefined }],
    ['without the time it was made', { iat: undefined }],
    ['with a time that is text', { exp: String(at + 3600) }],
    ['without a project', { project_id: undefined }],
    ['with a project that is none', { project_id: '42abc' }],
    ['with a negative project', { project_id: '-42' }],
    ['without a word on protection', { ref_protected: undefined }],
    ['with another word on protection', { ref_protected: 'yes' }],
    ['without a job', { job_id: null }],
    ['without a source', { pipeline_source: undefined }],
  ])('%s', async (_what, changed) => {
    expect(await verify(await tokenOf(changed))).toBeNull();
    expect(lines).toHaveLength(1);
  });

  test('signed by somebody else', async () => {
    expect(await verify(await tokenOf({}, { key: otherKey }))).toBeNull();
    expect(lines).toEqual([]);
  });

  test('whose content was changed', async () => {
    const [header = '', , signature = ''] = (await tokenOf()).split('.');
    const content = base64url.encode(JSON.stringify({ ...payload, project_id: '1' }));
    expect(await verify(`${header}.${content}.${signature}`)).toBeNull();
  });

  test('with a key that GitLab does not have', async () => {
    expect(await verify(await tokenOf({}, { header: { kid: 'unknown' } }))).toBeNull();
    expect(asked).toEqual(['unknown']);
  });

  test('without the name of a key, which GitLab is not asked for', async () => {
    expect(await verify(await tokenOf({}, { header: { kid: undefined } }))).toBeNull();
    expect(asked).toEqual([]);
  });

  test('without a signature: `none`', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const token = raw({ alg, kid: 'gitlab' }, payload);
      expect(await verify(token)).toBeNull();
      expect(await verify(`${token}AA`)).toBeNull();
    }
    expect(asked).toEqual([]);
  });

  test("with GitLab's public key for a secret: HS256", async () => {
    const { n = '' } = await exportJWK(publicKey);
    for (const secret of [await exportSPKI(publicKey), (await exportSPKI(publicKey)).trim(), n]) {
      const token = raw({ alg: 'HS256', kid: 'gitlab' }, payload, (text) =>
        createHmac('sha256', secret).update(text).digest('base64url'),
      );
      expect(await verify(token)).toBeNull();
    }
    expect(asked).toEqual([]);
  });

  test('by another algorithm, also one of the same key', async () => {
    const { privateKey: curve } = await generateKeyPair('ES256');
    const es = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'gitlab' }).sign(curve);
    expect(await verify(es)).toBeNull();
    for (const alg of ['RS384', 'RS512', 'PS256']) {
      const [, content = '', signature = ''] = (await tokenOf()).split('.');
      const header = base64url.encode(JSON.stringify({ alg, kid: 'gitlab' }));
      expect(await verify(`${header}.${content}.${signature}`)).toBeNull();
    }
    expect(asked).toEqual([]);
  });

  test('that brings its own key, or says where to get it', async () => {
    const { publicKey: own, privateKey: sign } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(own);
    const header = { jwk, jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/cert', kid: 'gitlab' };
    expect(await verify(await tokenOf({}, { key: sign, header }))).toBeNull();
    expect(asked).toEqual(['gitlab']);
  });

  test('that asks for what we do not know', async () => {
    const signed = await tokenOf();
    const [, content = '', signature = ''] = signed.split('.');
    for (const extra of [
      { crit: ['x'], x: 1 },
      { b64: false, crit: ['b64'] },
    ]) {
      const header = base64url.encode(JSON.stringify({ alg: 'RS256', kid: 'gitlab', ...extra }));
      expect(await verify(`${header}.${content}.${signature}`)).toBeNull();
    }
  });

  test('whatever else it is', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => base64url.encode(text)),
      fc.jsonValue().map((value) => base64url.encode(JSON.stringify({ alg: 'RS256', kid: 'gitlab', value }))),
      fc.string(),
    );
    const token = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await verify(text)).toBeNull();
      }),
    );
  });
});

test('what cannot be checked is neither right nor wrong', async () => {
  const token = await tokenOf({}, { header: { kid: 'away' } });
  await expect(verify(token)).rejects.toThrow(GitLabUnavailable);
});

test('the log says what is wrong, not what was sent', async () => {
  await verify(await tokenOf({ aud: 'canary', project_path: 'canary/app' }));
  await verify(await tokenOf({ exp: at - 60 }));
  await verify(await tokenOf({ ref_protected: 'canary' }));
  expect(lines.join()).not.toContain('canary');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain('aud');
  expect(lines[1]).toContain('exp');
  expect(lines[2]).toContain('ref_protected');
});
