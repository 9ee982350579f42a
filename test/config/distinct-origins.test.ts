import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/startup-errors.ts';
import { sharingSecrets } from '../../src/config/distinct-origins.ts';
import { originOf } from '../../src/domain/webhook-trust.ts';
import { projectSecret } from '../../src/gitlab/webhooks/project-secret.ts';

test.each<[string, string]>([
  ['http://g:1', 'http://g:11'],
  ['http://g:11', 'http://g:1'],
  ['https://10.0.0.1', 'https://10.0.0.12'],
  ['https://gitlab', 'https://gitlab2'],
  ['https://g.test/a', 'https://g.test/b'],
  ['https://g.test', 'https://g.test/gitlab'],
])('%s and %s share secrets of projects', (one, other) => {
  expect(sharingSecrets(['https://first.test', one, other])).toEqual([one, other]);
});

test.each<[string, string]>([
  ['https://g.test', 'https://g.test'],
  ['http://g:8', 'http://g:90'],
  // No id of a project begins with 0.
  ['http://g:8', 'http://g:8001'],
  ['http://g.test', 'https://g.test'],
  ['https://gitlab', 'https://gitlab.test'],
])('%s and %s do not', (one, other) => {
  expect(sharingSecrets([one, other])).toBeNull();
});

test('what is let pass has no two projects with one secret', () => {
  const host = fc.constantFrom('g', 'g1', 'g12', '10.0.0.1', '10.0.0.12');
  const port = fc.constantFrom('', ':1', ':11', ':110', ':8080');
  const url = fc.tuple(host, port).map(([name, at]) => `http://${name}${at}`);
  const id = fc.integer({ min: 1, max: 2_000 });
  fc.assert(
    fc.property(url, url, id, id, (one, other, idOfOne, idOfOther) => {
      const [origin, otherOrigin] = [originOf(one) ?? '', originOf(other) ?? ''];
      fc.pre(origin !== otherOrigin && sharingSecrets([one, other]) === null);
      expect(projectSecret('s', origin, idOfOne)).not.toBe(projectSecret('s', otherOrigin, idOfOther));
    }),
    { numRuns: 2_000 },
  );
});

const ambiguous = {
  GITLAB_URL: 'https://10.0.0.1',
  GITLAB_ALLOWED_HOSTS: 'https://a.test,https://10.0.0.12',
};

test('GitLabs that share secrets of projects are refused in one line', () => {
  const start = () => readConfig({ ...ambiguous, WEBHOOK_SECRET: 'secret-of-hooks' });
  expect(start).toThrow(ConfigError);
  expect(start).toThrow(
    /^GITLAB_ALLOWED_HOSTS: [^\n]*https:\/\/10\.0\.0\.1 [^\n]*https:\/\/10\.0\.0\.12 [^\n]*$/,
  );
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['without WEBHOOK_SECRET', { WEBHOOK_SIGNING_TOKEN: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }],
  ['with WEBHOOK_TRUST=all', { WEBHOOK_SECRET: 'secret-of-hooks', WEBHOOK_TRUST: 'all' }],
])('GitLabs that would share secrets are accepted %s', (_case, env) => {
  expect(readConfig({ ...ambiguous, ...env }).allowedGitlabUrls).toHaveLength(2);
});
