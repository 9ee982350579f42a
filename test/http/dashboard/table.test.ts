import { describe, expect, test } from 'vitest';
import { pathFor } from '../../../src/http/dashboard/filters.ts';
import { html } from '../../../src/http/dashboard/html.ts';
import { pager, table, tableRow, withQuery } from '../../../src/http/dashboard/table.ts';

describe('a row', () => {
  const columns = ['Name', 'Callers'];
  const cells = [
    { kind: 'head', content: 'app' },
    { kind: 'number', content: 2 },
  ] as const;

  test('has its head, and cells that name their columns', () => {
    const row = tableRow(columns, cells).toString();
    expect(row).toContain('<th role="rowheader" scope="row">app</th>');
    expect(row).toContain('<td role="cell" class="number" data-column="Callers"><div>2</div></td>');
    expect(row).not.toContain('data-part');
  });

  test('that is kept up to date says which it is, and where it belongs', () => {
    expect(tableRow(columns, cells, { id: 'row-1', at: 7 }).toString()).toContain(
      'id="row-1" data-at="7" data-part',
    );
  });
});

test('only the rows of the table that the page is about are kept up to date', () => {
  expect(table(['A'], [html`<tr></tr>`]).toString()).toContain('id="rows"');
  expect(table(['A'], [html`<tr></tr>`], 'other').toString()).not.toContain('id="rows"');
});

describe('the pager', () => {
  const linksOf = (cursor: string | null, nextCursor: string | null): readonly string[] => {
    const shown = pager((to) => withQuery('/list', { cursor: to }), { cursor, nextCursor });
    return shown === false
      ? []
      : [...shown.toString().matchAll(/href="([^"]*)"[^>]*>(\w+)/g)].map(([, to, text]) => `${text} ${to}`);
  };

  test.each([
    [null, null, []],
    [null, 'b', ['Older /list?cursor=b']],
    ['a', 'b', ['Newest /list', 'Older /list?cursor=b']],
    ['a', null, ['Newest /list']],
  ])('on the page from %j, followed by %j', (cursor, next, links) => {
    expect(linksOf(cursor, next)).toEqual(links);
  });
});

test.each([
  [{ state: 'pending', project: null, ref: null, cursor: null }, '/'],
  [{ state: 'all', project: null, ref: null, cursor: null }, '/?state=all'],
  [{ state: 'pending', project: 'a/b', ref: 'x y', cursor: 'c' }, '/?project=a%2Fb&ref=x+y&cursor=c'],
] as const)('the address of a list is as short as can be: %j', (filters, path) => {
  expect(pathFor('/', filters)).toBe(path);
});
