import { afterAll, describe, expect, test } from 'vitest';
import { csvCell } from '../../../src/http/dashboard/audit-csv.ts';
import { startService } from '../../support/start-service.ts';
import { makeKey, signedIn } from './browser.ts';

const world = await startService({ hooks: false });
afterAll(world.stop);

describe('a cell', () => {
  test.each([
    ['plain', '"plain"'],
    ['say "yes", twice', '"say ""yes"", twice"'],
    ['=1+1', `"'=1+1"`],
    ['  @SUM(A1)', `"'  @SUM(A1)"`],
    ['-2', `"'-2"`],
    ['\t=x', `"'\t=x"`],
  ])('of %j is %j: never a formula', (text, cell) => expect(csvCell(text)).toBe(cell));
});

test('the audit log comes as a file with the filters of its page', async () => {
  const admin = await signedIn(world.url);
  await makeKey(world, { name: 'formula', role: 'read' });
  const { headers, text } = await admin.get('/audit.csv');
  expect(headers.get('content-type')).toMatch(/^text\/csv/);
  expect(headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
  const [head, ...lines] = text.trim().split('\r\n');
  expect(head).toBe('at,actor,from,action,subject,request,details');
  expect(lines.some((line) => line.includes('"key.create"'))).toBe(true);
  expect((await admin.get('/audit.csv?actor=nobody')).text.trim().split('\r\n')).toHaveLength(1);
});

test('only admins get it', async () => {
  const reader = await signedIn(world.url, (await makeKey(world, { name: 'reader', role: 'read' })).secret);
  expect((await reader.get('/audit.csv')).status).toBe(403);
});
