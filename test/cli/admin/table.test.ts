import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { tableLines } from '../../../src/cli/admin/table.ts';

const table = {
  columns: [{ title: 'ID' }, { title: 'PROJECT', shrinks: true }, { title: 'JOB', shrinks: true }],
  rows: [
    ['trg_1', 'group/a-project-with-a-long-name', 'deploy'],
    ['trg_2', '组/项目', '部署到生产环境 🚀'],
  ],
};

test('columns are as wide as what stands in them', () => {
  expect(
    tableLines(
      {
        columns: [{ title: 'A' }, { title: 'B' }],
        rows: [
          ['long', 'x'],
          ['y', ''],
        ],
      },
      Infinity,
    ),
  ).toEqual(['A     B', 'long  x', 'y']);
});

test.each([200, 60, 40, 30, 20, 10, 1])('no line is wider than %i columns', (width) => {
  for (const line of tableLines(table, width)) expect(stringWidth(line)).toBeLessThanOrEqual(width);
});

test('the widest column that may give way does so first, and shows that it did', () => {
  const [, first, second] = tableLines(table, 48);
  expect(first).toBe('trg_1  group/a-project-with-…  deploy');
  expect(second).toMatch(/^trg_2 {2}组\/项目 {17}部署到生产环境 🚀$/);
});

test('what stands below each other begins in the same column, wide characters or not', () => {
  const [heading = '', first = '', second = ''] = tableLines(table, 70);
  const at = stringWidth(heading.slice(0, heading.indexOf('JOB')));
  expect(stringWidth(first.slice(0, first.indexOf('deploy')))).toBe(at);
  expect(stringWidth(second.slice(0, second.indexOf('部署')))).toBe(at);
});

test('text from elsewhere cannot move the cursor, colour the screen or turn the line around', () => {
  const rows = [['\u001b[2J\u001b[31mred\r\nline\u202e', 'x', '\u009b1A']];
  const [, line = ''] = tableLines({ ...table, rows }, Infinity);
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
});

describe('where not all columns fit', () => {
  const columns = [
    { title: 'ID' },
    { title: 'PROJECT', shrinks: 'last' as const },
    { title: 'JOB', shrinks: true, leaveOut: 1 },
    { title: 'DEADLINE', leaveOut: 2 },
  ];
  const rows = [['trg_1', 'group/a-project', 'a job with a long name', '1d']];
  const at = (width: number): readonly string[] => tableLines({ columns, rows }, width);

  test('what shrinks does so before anything is left out', () => {
    expect(at(52)[1]).toBe('trg_1  group/a-project  a job with a long…  1d');
  });

  test('the column with the highest number is left out first', () => {
    expect(at(36)).toEqual(['ID     PROJECT          JOB', 'trg_1  group/a-project  a job with …']);
    expect(at(24)).toEqual(['ID     PROJECT', 'trg_1  group/a-project']);
  });

  test('the last to shrink does so when nothing can be left out any more', () => {
    expect(at(18)[1]).toBe('trg_1  group/a-pr…');
  });
});
