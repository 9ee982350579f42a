import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { fetchSigningKeys } from '../../../src/gitlab/oidc/fetch-signing-keys.ts';
import { startStubServer } from '../../support/start-stub-server.ts';

const { publicKey } = await generateKeyPair('RS256');
const { n, e } = await exportJWK(publicKey);
const gitLabs = { kty: 'RSA', kid: 'gitlab', n, e, use: 'sig', alg: 'RS256' };

const serveText = (body: string, status = 200) =>
  startStubServer((response) => response.writeHead(status, { 'content-type': 'application/json' }).end(body));

test('reads the keys where GitLab publishes them', async () => {
  const { url, requests } = await serveText(JSON.stringify({ keys: [gitLabs] }));
  const keys = await fetchSigningKeys(url);
  expect([...keys.keys()]).toEqual(['gitlab']);
  expect(keys.get('gitlab')).toMatchObject({ type: 'public', usages: ['verify'] });
  expect(requests.map((request) => request.url)).toEqual(['/oauth/discovery/keys']);
  expect(requests[0]?.headers).not.toHaveProperty('private-token');
});

test('leaves out keys that are for something else, or too weak', async () => {
  const { publicKey: curve } = await generateKeyPair('ES256');
  const { n: short } = await exportJWK((await generateKeyPair('RS256', { modulusLength: 2048 })).publicKey);
  const keys = [
    gitLabs,
    { ...(await exportJWK(curve)), kid: 'curve' },
    { ...gitLabs, kid: 'encryption', use: 'enc' },
    { ...gitLabs, kid: 'other-algorithm', alg: 'PS256' },
    { ...gitLabs, kid: undefined },
    { ...gitLabs, kid: 'weak', n: short?.slice(0, 171) },
    { ...gitLabs, kid: 'broken', n: '' },
    { kty: 'oct', kid: 'secret', k: 'c2VjcmV0' },
  ];
  const { url } = await serveText(JSON.stringify({ keys }));
  expect([...(await fetchSigningKeys(url)).keys()]).toEqual(['gitlab']);
});

test.each<[string, string, number]>([
  ['an error', '{"keys":[]}', 502],
  ['that there is no such page', '{"keys":[]}', 404],
  ['a web page', '<html></html>', 200],
  ['something else', '{"key":[]}', 200],
  ['half of it', '{"keys":[', 200],
  ['more than anybody needs', JSON.stringify({ keys: [], more: ' '.repeat(300_000) }), 200],
])('does not take %s for keys', async (_what, body, status) => {
  const { url } = await serveText(body, status);
  await expect(fetchSigningKeys(url)).rejects.toThrow();
});

test.each([502, 404])('names the status %i, which may pass', async (status) => {
  const { url } = await serveText('{"keys":[]}', status);
  await expect(fetchSigningKeys(url)).rejects.toThrow(new RegExp(`^GitLab answers ${status}$`));
});

test('follows nobody elsewhere', async () => {
  const elsewhere = await serveText(JSON.stringify({ keys: [gitLabs] }));
  const { url } = await startStubServer((response) =>
    response.writeHead(302, { location: `${elsewhere.url}/oauth/discovery/keys` }).end(),
  );
  await expect(fetchSigningKeys(url)).rejects.toThrow(`${elsewhere.url}/oauth/discovery/keys (302)`);
  expect(elsewhere.requests).toEqual([]);
});

test('says what to set where trying again is of no use', async () => {
  const server = await startStubServer((response) => response.writeHead(407).end());
  await expect(fetchSigningKeys(server.url)).rejects.toThrow('407');
  const cause = { code: 'SELF_SIGNED_CERT_IN_CHAIN' };
  const fetch = () => Promise.reject(new TypeError('fetch failed', { cause }));
  await expect(fetchSigningKeys('https://gitlab.test', { fetch })).rejects.toThrow('NODE_EXTRA_CA_CERTS');
});

test('does not wait for ever', async () => {
  const { url } = await startStubServer(() => undefined);
  await expect(fetchSigningKeys(url, { timeoutMs: 50 })).rejects.toThrow('timeout');
});
