import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../src/domain/error.ts';
import type { CallbackId } from '../../src/domain/callback.ts';
import type { TriggerId } from '../../src/domain/ids.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { queryDatabase } from '../../src/store/query-database.ts';
import { deliveryColumns } from '../../src/store/rows.ts';
import { auditContract } from '../contracts/audit-contract.ts';
import { statisticsContract } from '../contracts/statistics-contract.ts';
import { historyContract } from '../contracts/history-contract.ts';
import { aDelivery, noSecrets, secrets, storeContract } from '../contracts/store-contract.ts';
import { aRunning, aTrigger, after, read, start } from '../fakes/triggers.ts';

/** A place for a database that is gone when the test ends. */
function newDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'pipeline-trigger-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return path.join(directory, 'data');
}

async function open(
  directory = newDirectory(),
  encryptionKeys: [Buffer, ...Buffer[]] | null = null,
): Promise<Store> {
  const store = await openStore({ url: `file:${directory}/test.db`, encryptionKeys, parsePayload });
  onTestFinished(() => store.close());
  return store;
}

describe('with a copy of one that is migrated already', () => {
  let template = '';
  beforeAll(async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'pipeline-trigger-'));
    const store = await openStore({ url: `file:${directory}/test.db`, encryptionKeys: null, parsePayload });
    await store.close();
    template = `${directory}/test.db`;
    return () => rmSync(directory, { recursive: true });
  });

  const openCopy = (): Promise<Store> => {
    const directory = newDirectory();
    mkdirSync(directory);
    copyFileSync(template, `${directory}/test.db`);
    return open(directory);
  };
  storeContract('Prisma on SQLite', openCopy);
  auditContract('Prisma on SQLite', openCopy);
  historyContract('Prisma on SQLite', openCopy);
  statisticsContract('Prisma on SQLite', openCopy);
});

describe('what is on disk', () => {
  test('a delivery is written as Prisma would', async () => {
    const directory = newDirectory();
    const { inbox } = await open(directory);
    await inbox.add(aDelivery('dlv_1', { at: start + 123 }));
    const database = await openDatabase(`file:${directory}/test.db`);
    onTestFinished(database.close);
    await database.write(({ delivery }) =>
      delivery.create({ data: deliveryColumns(aDelivery('dlv_2', { at: start + 123 })) }),
    );
    const columns = '"receivedAt", typeof("pipelineId"), "pipelineId", "instance", "secretOrigin", "body"';
    const rows = await queryDatabase({ url: `file:${directory}/test.db` }, (query) =>
      query(`SELECT ${columns} FROM "Delivery" ORDER BY "id"`),
    );
    expect(rows[0]).toEqual(rows[1]);
  });

  test('is there after closing and opening again', async () => {
    const directory = newDirectory();
    const before = await open(directory);
    await before.triggers.create(aTrigger(), secrets, { key: 'key', requestDigest: 'digest' });
    await before.triggers.commit(aRunning(), 1, [{ type: 'state', state: 'pending' }]);
    await before.inbox.add(aDelivery('dlv_1'));
    await before.close();
    const { triggers, inbox } = await open(directory);
    expect(await triggers.find(aTrigger().id)).toEqual({ trigger: aRunning(), version: 2 });
    expect(await triggers.secretsOf(aTrigger().id)).toEqual(secrets);
    expect(await triggers.timeline(aTrigger().id, 0)).toHaveLength(2);
    expect(await inbox.add(aDelivery('dlv_1'))).toBe('duplicate');
  });

  test('is for its user alone', async () => {
    const directory = newDirectory();
    const { triggers } = await open(directory);
    await triggers.create(aTrigger(), secrets, null);
    const modes = readdirSync(directory).map((name) => [
      name,
      statSync(path.join(directory, name)).mode & 0o777,
    ]);
    expect(Object.fromEntries(modes)).toEqual({
      'test.db': 0o600,
      'test.db-shm': 0o600,
      'test.db-wal': 0o600,
      'test.db.key': 0o600,
    });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('survives a power cut: write-ahead logging, synced at each commit, on both connections', async () => {
    const directory = newDirectory();
    await open(directory);
    const database = await openDatabase(`file:${directory}/test.db`);
    onTestFinished(() => database.close());
    for (const use of [database.read, database.write]) {
      const [mode] = await use((client) => client.$queryRaw<object[]>`PRAGMA journal_mode`);
      const [synchronous] = await use((client) => client.$queryRaw<object[]>`PRAGMA synchronous`);
      expect({ ...mode, ...synchronous }).toEqual({ journal_mode: 'wal', synchronous: 2n });
    }
  });

  test('holds no secret in the clear, neither before the end nor after', async () => {
    const directory = newDirectory();
    const { triggers, close } = await open(directory);
    const inFiles = (): string =>
      readdirSync(directory)
        .map((name) => readFileSync(path.join(directory, name), 'latin1'))
        .join('');
    await triggers.create(aTrigger(), secrets, null);
    expect(inFiles()).toContain(aTrigger().request.project);
    expect(inFiles()).not.toMatch(/canary/);
    await triggers.commit(after(aRunning(), read('failed')), 1, []);
    await close();
    expect(inFiles()).not.toMatch(/canary/);
  });

  test.each(['short', 'x'.repeat(20_000)])(
    'holds nothing of what was erased, encrypted or not, in what SQLite keeps for later use: %#',
    async (value) => {
      const directory = newDirectory();
      const { triggers, close } = await open(directory);
      const inDatabase = (): string => readFileSync(`${directory}/test.db`, 'latin1');
      await triggers.create(aTrigger(), { ...secrets, variables: { PASSWORD: value } }, null);
      const database = await openDatabase(`file:${directory}/test.db`);
      onTestFinished(() => database.close());
      const [row] = await database.read(
        (client) => client.$queryRaw<{ secrets: string }[]>`SELECT "secrets" FROM "Trigger"`,
      );
      const parts = (row?.secrets ?? '').match(/.{40}/g) ?? [];
      const moveIntoDatabase = () =>
        database.read((client) => client.$queryRaw`PRAGMA wal_checkpoint(TRUNCATE)`);
      await moveIntoDatabase();
      expect(parts.some((part) => inDatabase().includes(part))).toBe(true);
      await triggers.commit(after(aRunning(), read('failed')), 1, []);
      await moveIntoDatabase();
      await close();
      expect(parts.filter((part) => inDatabase().includes(part))).toEqual([]);
    },
  );
});

describe('encryption keys', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  const { id } = aTrigger();

  test('while rotating, the old one still reads and the first one writes', async () => {
    const directory = newDirectory();
    const first = await open(directory, [old]);
    await first.triggers.create(aTrigger(), secrets, null);
    const second = await open(directory, [fresh, old]);
    expect(await second.triggers.secretsOf(id)).toEqual(secrets);
    await second.triggers.create(aTrigger({}, { id: 'trg_2' }), secrets, null);
    const third = await open(directory, [fresh]);
    expect(await third.triggers.secretsOf('trg_2' as TriggerId)).toEqual(secrets);
    await expect(third.triggers.secretsOf(id)).rejects.toThrow(/no encryption key fits/);
  });

  test('what an earlier one encrypted is encrypted anew, and needs the earlier one no more', async () => {
    const directory = newDirectory();
    const first = await open(directory, [old]);
    const count = 501;
    for (let index = 0; index < count; index += 1)
      await first.triggers.create(aTrigger({}, { id: `trg_${index}` }), secrets, null);
    const second = await open(directory, [fresh, old]);
    expect(await second.rotateKey()).toEqual({ rotated: count, unreadable: 0 });
    expect(await second.rotateKey()).toEqual({ rotated: 0, unreadable: 0 });
    const third = await open(directory, [fresh]);
    expect(await third.triggers.secretsOf('trg_500' as TriggerId)).toEqual(secrets);
    expect(await first.rotateKey()).toEqual({ rotated: 0, unreadable: count });
    expect(await third.rotateKey()).toEqual({ rotated: 0, unreadable: 0 });
  });

  test('do not open a value that was moved to another row, or to another column', async () => {
    const directory = newDirectory();
    const { triggers, callbacks, rotateKey } = await open(directory, [old]);
    for (const name of ['trg_1', 'trg_2']) {
      const callback = {
        id: `cbk_${name}` as CallbackId,
        url: 'https://a.example/canary',
        origin: 'https://a.example',
      };
      await triggers.create(aTrigger({}, { id: name }), secrets, null, { callback });
    }
    const database = await openDatabase(`file:${directory}/test.db`);
    onTestFinished(() => database.close());
    await database.read(
      (client) => client.$executeRaw`
        UPDATE "Trigger" SET "secrets" = (SELECT "secrets" FROM "Trigger" WHERE "id" = 'trg_1') WHERE "id" = 'trg_2'`,
    );
    await database.read(
      (client) => client.$executeRaw`
        UPDATE "Callback" SET "url" = (SELECT "secrets" FROM "Trigger" WHERE "id" = 'trg_1') WHERE "id" = 'cbk_trg_1'`,
    );
    expect(await triggers.secretsOf('trg_1' as TriggerId)).toEqual(secrets);
    await expect(triggers.secretsOf('trg_2' as TriggerId)).rejects.toThrow(/no encryption key fits/);
    await expect(callbacks.urlOf('cbk_trg_1' as CallbackId)).rejects.toThrow(/no encryption key fits/);
    expect(await callbacks.urlOf('cbk_trg_2' as CallbackId)).toBe('https://a.example/canary');
    expect(await rotateKey()).toEqual({ rotated: 0, unreadable: 2 });
  });

  test('one that is not given is made once', async () => {
    const directory = newDirectory();
    const first = await open(directory);
    await first.triggers.create(aTrigger(), secrets, null);
    const second = await open(directory);
    expect(await second.triggers.secretsOf(id)).toEqual(secrets);
  });
});

/** As when one version of the service takes over from another. */
test('a second service may be started over the same database', async () => {
  const directory = newDirectory();
  const [first, second] = [await open(directory), await open(directory)];
  await first.triggers.create(aTrigger(), secrets, null);
  expect(await second.triggers.find(aTrigger().id)).toMatchObject({ version: 1 });
  expect(await second.triggers.commit(aRunning(), 1, [])).toBe('committed');
  expect(await first.triggers.commit(aRunning(), 1, [])).toBe('stale');
  const results = await Promise.all([first, second].map(({ inbox }) => inbox.add(aDelivery('dlv_1'))));
  expect(results.toSorted()).toEqual(['added', 'duplicate']);
});

test('what is read during a transaction is not of the transaction, which may yet be undone', async () => {
  const directory = newDirectory();
  await open(directory);
  const { read: reading, write, close } = await openDatabase(`file:${directory}/test.db`);
  onTestFinished(close);
  const where = { id: 'trg_1' };
  const seen: unknown[] = [];
  const undone = write(async ({ prunedTrigger }) => {
    await prunedTrigger.create({ data: { ...where, prunedAt: new Date(start) } });
    seen.push(await reading((client) => client.prunedTrigger.findUnique({ where })));
    throw new AppError('internal', 'undone');
  });
  await expect(undone).rejects.toThrow('undone');
  seen.push(await reading((client) => client.prunedTrigger.findUnique({ where })));
  expect(seen).toEqual([null, null]);
});

/** Prisma runs a query that is issued during a transaction inside it, and loses it with its rollback (DESIGN, 4). */
test('many concurrent writes, some of which fail: nothing that was acknowledged is lost', async () => {
  const directory = newDirectory();
  const store = await open(directory);
  const acknowledged = { triggers: new Set<string>(), deliveries: new Set<string>() };
  const count = 100;
  let failures = 0;
  const work = Array.from({ length: count }, async (_, index) => {
    const trigger = aTrigger({}, { id: `trg_${index}` });
    await store.triggers.create(trigger, noSecrets, null);
    acknowledged.triggers.add(trigger.id);
    await Promise.all([
      store.inbox.add(aDelivery(`dlv_${index}`)).then(() => acknowledged.deliveries.add(`dlv_${index}`)),
      // The id is taken: what fails takes nothing else with it.
      store.triggers.create(trigger, noSecrets, null).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'storage_unavailable') failures += 1;
      }),
      store.triggers.find(trigger.id).then((stored) => {
        expect(stored?.version).toBe(1);
      }),
      store.triggers
        .commit({ ...aRunning(), id: trigger.id }, 1, [{ type: 'state', state: 'pending' }])
        .then((result) => {
          expect(result).toBe('committed');
        }),
    ]);
  });
  await Promise.all(work);
  await store.close();
  expect([acknowledged.triggers.size, acknowledged.deliveries.size, failures]).toEqual([count, count, count]);

  const { triggers, inbox } = await open(directory);
  const kept = await triggers.findQuietTriggers(start, count * 2);
  expect(new Set(kept.map(({ id }) => id))).toEqual(acknowledged.triggers);
  expect(kept.every(({ state }) => state.kind === 'running')).toBe(true);
  expect(new Set((await inbox.ofPipeline(aRunning().state.pipeline.id)).map(({ id }) => id))).toEqual(
    acknowledged.deliveries,
  );
});

test('a check writes and leaves nothing behind', async () => {
  const store = await open();
  await store.check();
  expect(await store.triggers.wasPruned('probe' as TriggerId)).toBe(false);
});

test('a check sees that there is no room for a hook, and that there is again', async () => {
  const directory = newDirectory();
  await open(directory);
  const { write, check, close } = await openDatabase(`file:${directory}/test.db`);
  onTestFinished(close);
  // SQLite takes it for the number of pages that there are.
  await write((client) => client.$queryRaw`PRAGMA max_page_count = 1`);
  // There may be room for less.
  await write((client) => client.$executeRaw`INSERT INTO "PrunedTrigger" VALUES ('small', 0)`);
  await expect(check()).rejects.toMatchObject({
    code: 'storage_unavailable',
    message: expect.stringMatching(/^the database cannot be used: .*database or disk is full/) as string,
  });
  await write((client) => client.$queryRaw`PRAGMA max_page_count = 4294967294`);
  await check();
});
