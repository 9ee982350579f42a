import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { CallbackId } from '../../../src/domain/callback.ts';
import type { TriggerId } from '../../../src/domain/ids.ts';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { copyFromSqlite } from '../../../src/store/postgresql/copy-from-sqlite.ts';
import { aDelivery, secrets } from '../../contracts/store-contract.ts';
import { aRunning, aTrigger, after, read } from '../../fakes/triggers.ts';
import { callCli } from '../../support/call-cli.ts';
import { hasPostgresql } from '../../support/find-postgresql.ts';
import { isLong } from '../../support/long.ts';
import type { TestDatabase } from '../../support/postgresql.ts';
import { createTestDatabase } from '../../support/postgresql.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const count = isLong ? 100_000 : 2_500;

test('migrate without an address that fits is refused, each by its name', async () => {
  const { code, stderr } = await callCli(['migrate', '--from', 'postgresql://a/b', '--to', 'file:x']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/--from: expected file:PATH/);
  expect(stderr).toMatch(/--to: expected postgresql:\/\//);
});

describe.skipIf(!hasPostgresql)('migrate from SQLite to PostgreSQL', { timeout: 600_000 }, () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    return () => database.drop();
  });
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);
  const file = `${directory.path}/source.db`;
  let filled: Promise<void> | null = null;

  const callback = {
    id: 'cbk_1' as CallbackId,
    url: 'https://receiver.example/path',
    origin: 'https://receiver.example',
  };

  async function fill(): Promise<void> {
    const store = await openStore({ url: `file:${file}`, encryptionKeys: null, parsePayload });
    await store.triggers.create(
      aTrigger({}, { id: 'trg_pending' }),
      secrets,
      { key: 'k', requestDigest: 'd' },
      { callback },
    );
    await store.keys.add(
      {
        id: 'key_1',
        name: 'ci',
        role: 'trigger',
        projects: null,
        createdAt: 1,
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
      },
      'digest',
    );
    for (let index = 0; index < count; index += 500)
      await Promise.all(
        Array.from({ length: Math.min(500, count - index) }, async (_, offset) => {
          const id = `trg_${index + offset}`;
          await store.triggers.create(aTrigger({}, { id }), secrets, null);
          await store.triggers.commit({ ...after(aRunning(), read('failed')), id: id as TriggerId }, 1, [
            { type: 'state', state: 'finished' },
          ]);
        }),
      );
    await Promise.all(['dlv_1', 'dlv_2'].map((id) => store.inbox.add(aDelivery(id))));
    await store.triggers.claimPlay('https://gitlab.example.com', 7 as never, 'trg_pending' as TriggerId);
    await store.close();
  }

  const migrate = (env: Record<string, string> = {}) =>
    callCli(['migrate', '--from', `file:${file}`, '--to', database.url, '--json'], env);

  async function open(key: Buffer): Promise<Store> {
    const store = await openStore({ url: database.url, encryptionKeys: [key], parsePayload });
    onTestFinished(() => store.close());
    return store;
  }
  const keyBeside = (): Buffer => Buffer.from(readFileSync(`${file}.key`, 'utf8').trim(), 'base64');

  beforeEach(() => (filled ??= fill()));

  test('takes everything along, with the key beside the file', async () => {
    const { code, stdout, stderr } = await migrate();
    expect({ code, rows: (JSON.parse(stdout) as { rows: object }).rows }).toMatchObject({
      code: 0,
      rows: { Trigger: count + 1, Delivery: 2, ApiKey: 1, Callback: 1, PlayedJob: 1 },
    });
    expect(stderr).toContain(`Set ENCRYPTION_KEY to what ${file}.key holds`);
    const store = await open(keyBeside());
    const pending = 'trg_pending' as TriggerId;
    expect(await store.triggers.find(pending)).toEqual({
      trigger: aTrigger({}, { id: pending }),
      version: 1,
    });
    expect(await store.triggers.secretsOf(pending)).toEqual(secrets);
    expect(await store.callbacks.urlOf(callback.id)).toBe(callback.url);
    expect(await store.triggers.countPending()).toEqual({ requested: 1, running: 0 });
    expect(await store.keys.find('digest')).toMatchObject({ name: 'ci', createdAt: 1 });
    expect((await store.inbox.find('dlv_1' as never))?.delivery).toEqual(aDelivery('dlv_1'));
    // What is stored from now on has higher numbers than all that was taken along.
    const before = (await store.triggers.timeline(pending, 0)).at(-1)?.sequence ?? 0;
    await store.triggers.commit({ ...aRunning(), id: pending }, 1, [{ type: 'state', state: 'pending' }]);
    const [added] = await store.triggers.timeline(pending, before);
    expect(added?.sequence).toBeGreaterThan(count);
  });

  test('encrypts anew what it takes along where a new key is set', async () => {
    const fresh = randomBytes(32);
    expect((await migrate({ ENCRYPTION_KEY: fresh.toString('base64') })).code).toBe(0);
    const store = await open(fresh);
    expect(await store.triggers.secretsOf('trg_pending' as TriggerId)).toEqual(secrets);
  });

  test('refuses a target that is not empty, and changes nothing', async () => {
    expect((await migrate()).code).toBe(0);
    const { code, stderr } = await migrate();
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /the target is not empty \(it has rows in \w+\); nothing was changed/,
      ) as string,
    });
  });

  test('goes on where it was, and until it is done no service starts on the target', async () => {
    const options = { file, url: database.url, finish: () => Promise.resolve() };
    const stopped = copyFromSqlite({
      ...options,
      progress: (table) => {
        if (table === 'Trigger') throw new Error('killed');
      },
    });
    await expect(stopped).rejects.toThrow('killed');
    await expect(open(keyBeside())).rejects.toThrow(/holds part of a SQLite database: run the same/);
    const { code, stdout } = await migrate();
    expect({ code, rows: (JSON.parse(stdout) as { rows: object }).rows }).toMatchObject({
      code: 0,
      rows: { Trigger: count + 1 },
    });
    expect(await database.query('SELECT COUNT(*)::int AS "count" FROM "Trigger"')).toEqual([
      { count: count + 1 },
    ]);
  });

  test('refuses a source that a service works on', async () => {
    const store = await openStore({ url: `file:${file}`, encryptionKeys: null, parsePayload });
    onTestFinished(() => store.close());
    if (store.sharing?.kind === 'lock') await store.sharing.lock.take();
    const { code, stderr } = await migrate();
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('stop it first') as string });
  });
});
