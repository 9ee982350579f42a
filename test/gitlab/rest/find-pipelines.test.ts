import { expect, test } from 'vitest';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { listPipelines } from '../../../src/gitlab/rest/find-pipelines.ts';

const since = Date.UTC(2026, 0, 1);

/** A project with so many pipelines, the newest of which has the highest id. */
function projectOf(count: number) {
  const asked: number[] = [];
  const get = (endpoint: string, query: { searchParams?: Readonly<Record<string, unknown>> } = {}) => {
    expect([endpoint, query.searchParams]).toEqual([
      'projects/group%2Fapp/pipelines',
      {
        updatedAfter: '2026-01-01T00:00:00.000Z',
        orderBy: 'id',
        sort: 'desc',
        perPage: 100,
        page: expect.any(Number) as number,
      },
    ]);
    const page = Number(query.searchParams?.['page']);
    asked.push(page);
    const body = Array.from({ length: count }, (_, index) => ({
      id: count - index,
      project_id: 1,
      status: 'running',
    })).slice((page - 1) * 100, page * 100);
    return Promise.resolve({ body, headers: {}, status: 200 });
  };
  const list = async (ids: readonly number[]): Promise<readonly number[]> =>
    (await listPipelines({ get }, 'group/app', ids as PipelineId[], since)).map(({ id }) => id);
  return { asked, list };
}

const range = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

test('one page is enough where it shows all that are wanted', async () => {
  const { asked, list } = projectOf(250);
  expect(await list([249, 200, 151])).toEqual([249, 200, 151]);
  expect(asked).toEqual([1]);
});

test('it reads no further than the last page', async () => {
  const { asked, list } = projectOf(80);
  expect(await list([...range(1, 80), ...range(1_000, 80)])).toHaveLength(80);
  expect(asked).toEqual([1]);
});

test('it reads another page for each 25 that are wanted, and no more', async () => {
  const { asked, list } = projectOf(1_000);
  expect(await list([1_000, 1])).toEqual([1_000]);
  expect(asked.splice(0)).toEqual([1]);
  expect(await list(range(701, 50))).toEqual([]);
  expect(asked.splice(0)).toEqual([1, 2]);
  expect(await list([...range(801, 30)])).toHaveLength(30);
  expect(asked).toEqual([1, 2]);
});

test('a pipeline that moved to the next page while it read is shown once', async () => {
  const get = () =>
    Promise.resolve({ body: Array.from({ length: 100 }, () => ({ id: 7 })), headers: {}, status: 200 });
  const listed = await listPipelines({ get }, '1', range(1, 30) as PipelineId[], since);
  expect(listed.map(({ id }) => id)).toEqual([7]);
});
