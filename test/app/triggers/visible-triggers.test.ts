import { describe, expect, test } from 'vitest';
import type { TriggerQuery } from '../../../src/app/ports/index.ts';
import { listVisible } from '../../../src/app/triggers/visible-triggers.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const reader = { id: 'reader', role: 'read', projects: ['group/app'] } as const;
const query = { state: 'all', project: null, ref: null, limit: 1, cursor: null } as const;
const hidden = aTrigger({ project: 'group/other' });
const visible = aTrigger({ project: 'group/app' });

/** A list whose page of this number, from 1, has a trigger that the reader may see. */
function begin(pageOfVisible: number) {
  const asked: TriggerQuery[] = [];
  const list = (given: TriggerQuery) => {
    asked.push(given);
    const page = Number(given.cursor ?? '1');
    return Promise.resolve({
      items: [page === pageOfVisible ? visible : hidden],
      nextCursor: String(page + 1),
    });
  };
  return { asked, store: { list } };
}

describe('a page of what a key may see', () => {
  test.each([1, 2, 9, 10])('is found on page %i of all', async (page) => {
    const { store, asked } = begin(page);
    expect(await listVisible(store, reader, query)).toEqual({
      items: [visible],
      nextCursor: String(page + 1),
    });
    expect(asked).toHaveLength(page);
  });

  test('is empty after ten pages without one, and says where to go on', async () => {
    const { store, asked } = begin(11);
    const first = await listVisible(store, reader, query);
    expect(first).toEqual({ items: [], nextCursor: '11' });
    expect(asked).toHaveLength(10);
    expect(await listVisible(store, reader, { ...query, cursor: first.nextCursor })).toEqual({
      items: [visible],
      nextCursor: '12',
    });
  });

  test('is the last one where there is no other', async () => {
    const store = { list: () => Promise.resolve({ items: [hidden], nextCursor: null }) };
    expect(await listVisible(store, reader, query)).toEqual({ items: [], nextCursor: null });
  });

  test('is asked of the database for the callers of their own triggers alone', async () => {
    const { store, asked } = begin(1);
    await listVisible(store, { id: 'ci', role: 'trigger', projects: null }, query);
    await listVisible(store, { id: 'admin', role: 'admin', projects: null }, query);
    expect([asked.at(0)?.caller, asked.at(-1)?.caller]).toEqual(['ci', null]);
  });
});
