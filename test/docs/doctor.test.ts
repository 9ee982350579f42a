import { expect, test } from 'vitest';
import { doctorFindings } from '../../src/domain/doctor-finding.ts';
import { pageAt } from './support/read-pages.ts';

test('the page about the doctor lists each finding with its severity and its remedy', () => {
  const rows = pageAt('docs/doctor.md').text.match(/^\| `.*$/gm) ?? [];
  const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
  const listed = cells.map(([code = '', severity = '']) => [code.replaceAll('`', ''), severity]);
  expect(listed.toSorted()).toEqual(Object.entries(doctorFindings).toSorted());
  for (const [code, , meaning = '', remedy = ''] of cells)
    expect([meaning.length > 10, remedy.length > 5], code).toEqual([true, true]);
});
