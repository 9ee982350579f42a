import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { startService } from '../../support/start-service.ts';

interface Page {
  readonly items: readonly TriggerView[];
  readonly nextCursor: string | null;
}

const world = await startService();
afterAll(world.stop);

async function list(query = ''): Promise<Page> {
  const answer = await world.call('GET', `/v1/triggers${query}`);
  expect(answer.status).toBe(200);
  return answer.json as Page;
}

const idsOf = ({ items }: Page): readonly string[] => items.map(({ id }) => id);

/** Three that finished and four that wait, oldest first. */
const finished: string[] = [];
const pending: string[] = [];
beforeAll(async () => {
  for (const ref of ['main', 'feature/slash', 'main']) {
    const { id } = await world.trigger({ project: 'group/green', ref });
    await world.finished(id);
    finished.push(id);
  }
  for (const ref of ['main', 'main', 'v1.0', 'feature/slash']) {
    const { id } = await world.trigger({ project: 'group/app', ref });
    await world.pipelineOf(id);
    pending.push(id);
  }
});

const newestFirst = (ids: readonly string[]): readonly string[] => ids.toReversed();

describe('the list of triggers', () => {
  test('shows those that wait, the newest first', async () => {
    const page = await list();
    expect(idsOf(page)).toEqual(newestFirst(pending));
    expect(page.nextCursor).toBeNull();
    const { json } = await world.call('GET', `/v1/triggers/${pending[0]}`);
    expect(page.items.at(-1)).toEqual(json);
  });

  test('shows those of a state', async () => {
    expect(idsOf(await list('?state=pending'))).toEqual(newestFirst(pending));
    expect(idsOf(await list('?state=finished'))).toEqual(newestFirst(finished));
    expect(idsOf(await list('?state=all'))).toEqual(newestFirst([...finished, ...pending]));
  });

  test('shows those of a project, of a ref, or of both', async () => {
    expect(idsOf(await list('?state=all&project=group/green'))).toEqual(newestFirst(finished));
    expect(idsOf(await list('?state=all&ref=feature%2Fslash'))).toEqual([pending[3], finished[1]]);
    expect(idsOf(await list('?project=group%2Fapp&ref=main'))).toEqual([pending[1], pending[0]]);
    expect(idsOf(await list('?project=group/none'))).toEqual([]);
  });

  test('comes in pages', async () => {
    const all = newestFirst([...finished, ...pending]);
    const seen: string[] = [];
    let cursor = '';
    for (const size of [3, 3, 1]) {
      const page = await list(`?state=all&limit=3${cursor}`);
      expect(page.items).toHaveLength(size);
      seen.push(...idsOf(page));
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(cursor).toBe('&cursor=null');
    expect(seen).toEqual(all);
  });

  test('goes on where it was, whatever was added since', async () => {
    const { nextCursor } = await list('?limit=2');
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    expect(idsOf(await list(`?limit=2&cursor=${nextCursor}`))).toEqual([pending[1], pending[0]]);
    pending.push(id);
  });

  test('has no page after a full last one', async () => {
    expect((await list(`?limit=${pending.length}`)).nextCursor).toBeNull();
  });

  test.each([
    ['limit=0', 'limit: expected a whole number from 1 to 200'],
    ['limit=201', 'limit: expected a whole number from 1 to 200'],
    ['limit=-1', 'limit: expected a whole number from 1 to 200'],
    ['limit=ten', 'limit: expected a whole number from 1 to 200'],
    ['limit=', 'limit: expected a whole number from 1 to 200'],
    ['state=running', 'state: expected one of pending, finished, all'],
    ['cursor=x', 'cursor: not one that this service gave'],
    ['cursor=', 'cursor: not one that this service gave'],
    [
      `cursor=${Buffer.from('yesterday trg_1').toString('base64url')}`,
      'cursor: not one that this service gave',
    ],
  ])('is refused with ?%s', async (query, detail) => {
    const answer = await world.call('GET', `/v1/triggers?${query}`);
    expect(answer.json).toMatchObject({ type: '/problems/invalid', status: 400, detail });
    expect(answer.status).toBe(400);
  });

  test('takes the last of a parameter that is given twice', async () => {
    expect(idsOf(await list('?state=finished&state=all&limit=1&limit=200'))).toHaveLength(8);
  });
});
