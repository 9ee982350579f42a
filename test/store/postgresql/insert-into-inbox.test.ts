import { EventEmitter } from 'node:events';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { deliveryColumns } from '../../../src/store/rows.ts';
import { insertIntoInbox } from '../../../src/store/postgresql/insert-into-inbox.ts';
import { Unconfirmed } from '../../../src/store/postgresql/unconfirmed.ts';
import { aDelivery } from '../../contracts/store-contract.ts';

const rows = ['dlv_2', 'dlv_1', 'dlv_2'].map((id) => deliveryColumns(aDelivery(id)));

/** A pool of one client, whose query ends as given. */
function poolOf(
  query: (client: EventEmitter, values: readonly unknown[]) => Promise<{ rows: { id: string }[] }>,
) {
  const client = new EventEmitter();
  const released: unknown[] = [];
  const lent = Object.assign(client, {
    query: (_sql: string, values: readonly unknown[]) => query(client, values),
    release: (error?: Error) => void released.push(error),
  });
  const pool = { connect: () => Promise.resolve(lent) } as unknown as Pick<pg.Pool, 'connect'>;
  return { pool, client, released };
}

test('the first of several equal rows is the one that was added; rows go in the order of their ids', async () => {
  const ids: unknown[] = [];
  const { pool, client, released } = poolOf((_client, values) => {
    ids.push(...values.filter((value) => String(value).startsWith('dlv_')));
    return Promise.resolve({ rows: [{ id: 'dlv_2' }] });
  });
  expect((await insertIntoInbox(pool, rows)).isNew).toEqual([true, false, false]);
  expect(ids).toEqual(['dlv_1', 'dlv_2', 'dlv_2']);
  expect([released, client.listenerCount('error')]).toEqual([[undefined], 0]);
});

test('a connection that breaks leaves the rows unconfirmed, ends no process, and is given up', async () => {
  const cut = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  let listeners = 0;
  const { pool, released } = poolOf((client) => {
    // Without one Node throws the error where nobody catches it.
    listeners = client.listenerCount('error');
    return Promise.reject(cut);
  });
  await expect(insertIntoInbox(pool, rows)).rejects.toBeInstanceOf(Unconfirmed);
  expect([released, listeners]).toEqual([[cut], 1]);
});

test('what the server refuses is its own error: it was not carried out', async () => {
  const refused = Object.assign(new Error('going down'), { code: '57P01', severity: 'FATAL' });
  const { pool } = poolOf(() => Promise.reject(refused));
  await expect(insertIntoInbox(pool, rows)).rejects.toBe(refused);
});
