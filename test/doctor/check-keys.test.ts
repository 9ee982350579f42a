import { expect, test } from 'vitest';
import type { ApiKey } from '../../src/app/access/api-keys.ts';
import { checkKeys } from '../../src/doctor/check-keys.ts';

const day = 86_400_000;
const now = 1_000 * day;
const usual: ApiKey = {
  ...{ id: 'key_1', name: 'ci', role: 'trigger', projects: null, revokedAt: null },
  ...{ createdAt: now - day, expiresAt: now + 30 * day, lastUsedAt: now },
};

test.each<[Partial<ApiKey>, readonly string[]]>([
  [{}, []],
  [{ expiresAt: now }, ['key_expired']],
  [{ expiresAt: now + 1 }, ['key_expires_soon']],
  [{ expiresAt: now + 14 * day }, []],
  [{ expiresAt: now, revokedAt: now }, []],
  [{ expiresAt: null }, ['key_without_expiry']],
  [{ lastUsedAt: now - 90 * day }, []],
  [{ lastUsedAt: now - 90 * day - 1 }, ['key_idle']],
  [{ lastUsedAt: null, createdAt: now - 14 * day }, []],
  [{ lastUsedAt: null, createdAt: now - 14 * day - 1 }, ['key_never_used']],
  [{ role: 'admin' }, []],
  [
    { role: 'admin', expiresAt: null, lastUsedAt: null, createdAt: 0 },
    ['key_never_used', 'key_without_expiry'],
  ],
])('a key with %j', (given, expected) => {
  expect(checkKeys([{ ...usual, ...given }], now).map(({ code }) => code)).toEqual(expected);
});

test('a key is named as the command takes it', () => {
  expect(checkKeys([{ ...usual, expiresAt: now }], now)).toEqual([
    {
      code: 'key_expired',
      severity: 'warning',
      subject: 'key ci (key_1)',
      problem: 'has expired',
      remedy: 'pipeline-trigger keys revoke key_1',
    },
  ]);
});
