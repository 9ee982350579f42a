import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TriggerQuery } from '../../src/app/ports/index.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import type { Store } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { queryDatabase } from '../../src/store/query-database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Remembers what is asked of SQLite: the plan is to be that of the query as Prisma writes it. */
const asked: string[] = [];
const { prototype } = createRequire(import.meta.url)('better-sqlite3') as {
  prototype: { prepare: (this: unknown, sql: string) => unknown };
};
const { prepare } = prototype;

const directory = makeTemporaryDirectory();
const url = `file:${directory.path}/test.db`;
let store: Store;
beforeAll(async () => {
  store = await openStore({ url, encryptionKeys: [Buffer.alloc(32)], parsePayload });
  prototype.prepare = function (sql) {
    asked.push(sql);
    return prepare.call(this, sql);
  };
});
afterAll(async () => {
  prototype.prepare = prepare;
  await store.close();
  directory.remove();
});

/** How SQLite goes about the last query, with each parameter as it may be. */
async function planOfLast(): Promise<string> {
  const sql = (asked.at(-1) ?? '').replaceAll('?', "'x'");
  const rows = await queryDatabase({ url }, (query) => query(`EXPLAIN QUERY PLAN ${sql}`));
  return rows.map(({ detail }) => String(detail)).join('\n');
}

const all: TriggerQuery = { state: 'all', caller: null, project: null, ref: null, limit: 50, cursor: null };

describe('a list of triggers that matches none of very many', () => {
  test.each<[string, Partial<TriggerQuery>, string]>([
    ['of a project', { project: 'group/none' }, 'Trigger_project_createdAt_id_idx'],
    [
      'of a project, finished',
      { project: 'group/none', state: 'finished' },
      'Trigger_project_createdAt_id_idx',
    ],
    ['of a ref', { ref: 'none' }, 'Trigger_ref_createdAt_id_idx'],
    ['of a caller', { caller: 'key_none' }, 'Trigger_caller_createdAt_id_idx'],
    ['of a caller and a project', { caller: 'key_none', project: 'group/none' }, '_createdAt_id_idx'],
    ['on', {}, 'Trigger_createdAt_id_idx'],
  ])('%s is found by an index, and comes in its order', async (_what, query, index) => {
    await store.triggers.list({ ...all, ...query });
    const plan = await planOfLast();
    expect(plan).toMatch(new RegExp(`(SEARCH|SCAN) .*USING INDEX \\S*${index}`));
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN(?!.*USING INDEX)/);
  });
});
