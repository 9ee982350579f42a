import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { KeyOrder } from '../../../src/app/access/api-keys.ts';
import { createApiKeys } from '../../../src/app/access/api-keys.ts';
import { createAudit } from '../../../src/app/access/audit.ts';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import { keySecrets, newKeyId } from '../../../src/store/key-secret.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const start = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const operator = { id: 'operator@cli', from: 'root on host' };

async function begin() {
  const directory = makeTemporaryDirectory();
  const url = `file:${path.join(directory.path, 'keys.db')}`;
  const store = await openStore({ url, encryptionKeys: null, parsePayload });
  onTestFinished(async () => {
    await store.close();
    directory.remove();
  });
  let now = start;
  const clock = { now: () => now };
  const keys = createApiKeys({
    store: store.keys,
    secrets: keySecrets,
    newId: newKeyId,
    clock,
    audit: createAudit({ store: store.audit, clock, log: { info: () => undefined } }),
  });
  const auditOf = async () =>
    (await store.audit.list({ subject: null, actor: null, limit: 9, cursor: null })).items;
  const create = (order: Partial<KeyOrder> = {}) =>
    keys.create({ name: 'ci', role: 'trigger', projects: null, days: null, ...order }, operator);
  const revoke = (which: string) => keys.revoke(which, operator);
  return { ...keys, create, revoke, auditOf, pass: (ms: number) => (now += ms) };
}

test('a key is its caller', async () => {
  const { create, callerOf } = await begin();
  const { secret } = await create({ role: 'read', projects: ['group/*'] });
  expect(await callerOf(secret)).toEqual({ id: 'ci', role: 'read', projects: ['group/*'] });
});

test('keys differ, and look like keys to a scanner', async () => {
  const { create } = await begin();
  const [one, other] = [await create(), await create()];
  expect(one.secret).not.toBe(other.secret);
  for (const { secret } of [one, other]) {
    expect(secret).toMatch(/^ptk_[0-9A-Za-z]{42}$/);
    expect(keySecrets.digestOf(secret)).not.toBeNull();
    const last = secret.endsWith('a') ? 'b' : 'a';
    expect(keySecrets.digestOf(secret.slice(0, -1) + last)).toBeNull();
  }
});

test('what is no key is nobody', async () => {
  const { create, callerOf } = await begin();
  const { key, secret } = await create();
  for (const text of [
    '',
    'ptk_',
    key.id,
    secret.slice(0, -1),
    `${secret}x`,
    secret.toLowerCase(),
    ` ${secret}`,
  ])
    expect(await callerOf(text)).toBeNull();
});

test('a key expires at its time', async () => {
  const { create, callerOf, pass } = await begin();
  const { secret } = await create({ days: 2 });
  pass(2 * day - 1);
  expect(await callerOf(secret)).toMatchObject({ expiresAt: expect.any(Number) as number });
  pass(1);
  expect(await callerOf(secret)).toBeNull();
});

describe('revoked', () => {
  test('a key stops working immediately and stays in the list', async () => {
    const { create, callerOf, revoke, list, pass } = await begin();
    const { secret, key } = await create();
    pass(5);
    await revoke('ci');
    expect(await callerOf(secret)).toBeNull();
    expect(await list()).toEqual([{ ...key, revokedAt: start + 5 }]);
  });

  test('by its id, where two have its name: the other one goes on', async () => {
    const { create, callerOf, revoke } = await begin();
    const [old, next] = [await create(), await create()];
    await expect(revoke('ci')).rejects.toMatchObject({ code: 'invalid' });
    await revoke(old.key.id);
    expect([await callerOf(old.secret), await callerOf(next.secret)]).toEqual([
      null,
      { id: 'ci', role: 'trigger', projects: null },
    ]);
    await revoke('ci');
    expect(await callerOf(next.secret)).toBeNull();
  });

  test('twice is once, and what is not there is not found', async () => {
    const { create, revoke } = await begin();
    await create();
    await revoke('ci');
    for (const which of ['ci', 'nobody'])
      await expect(revoke(which)).rejects.toMatchObject({ code: 'not_found' });
  });
});

test('the last use is known, to the minute', async () => {
  const { create, callerOf, list, pass } = await begin();
  const { secret } = await create();
  const lastUse = async () => (await list()).map(({ lastUsedAt }) => lastUsedAt);
  expect(await lastUse()).toEqual([null]);
  await callerOf(secret);
  pass(59_999);
  await callerOf(secret);
  expect(await lastUse()).toEqual([start]);
  pass(1);
  await callerOf(secret);
  expect(await lastUse()).toEqual([start + 60_000]);
});

test('who makes and revokes keys is in the audit log, what they look like is not', async () => {
  const { create, revoke, auditOf, pass } = await begin();
  const { key, secret } = await create({ role: 'read', projects: ['group/*'], days: 2 });
  pass(5);
  await revoke('ci');
  await expect(revoke('ci')).rejects.toMatchObject({ code: 'not_found' });
  const entries = await auditOf();
  expect(entries).toMatchObject([
    { at: start + 5, actor: operator, action: 'key.revoke', subject: key.id, details: { name: 'ci' } },
    {
      ...{ at: start, actor: operator, action: 'key.create', subject: key.id },
      details: { name: 'ci', role: 'read', projects: ['group/*'], days: 2 },
    },
  ]);
  expect(entries).toHaveLength(2);
  expect(JSON.stringify(entries)).not.toContain(secret);
});

test.each(['operator@cli', '', 'a b', '-a', 'admin', 'Local', 'ü', 'x'.repeat(64), 'a\n'])(
  '%j is no name',
  async (name) => {
    const { create, list } = await begin();
    await expect(create({ name })).rejects.toMatchObject({ code: 'invalid' });
    expect(await list()).toEqual([]);
  },
);
