import { expect, test } from 'vitest';
import type { DatabaseInspection } from '../../src/app/maintenance/database-inspection.ts';
import { checkDatabase } from '../../src/doctor/check-database.ts';

const seen = { kind: 'seen', integrity: 'ok', due: [], newer: null, older: null, keys: [] } as const;

test.each<[DatabaseInspection, readonly string[]]>([
  [seen, []],
  [{ kind: 'missing' }, ['database_missing: is not there']],
  [
    { kind: 'unreadable', why: 'file is not a database' },
    ['database_unreadable: cannot be read: file is not a database'],
  ],
  [
    { ...seen, integrity: 'row 1 missing from index a' },
    ['database_damaged: is damaged: row 1 missing from index a'],
  ],
  [
    { ...seen, older: '1_first' },
    ['database_older: was made by a build from before the first release (1_first)'],
  ],
  [{ ...seen, newer: '9_later' }, ['database_newer: was changed by a newer version (9_later)']],
  [{ ...seen, due: ['1'] }, ['migration_due: the next start makes 1 change of its tables']],
  [{ ...seen, due: ['1', '2'] }, ['migration_due: the next start makes 2 changes of its tables']],
])('%j', (sight, expected) => {
  const findings = checkDatabase('x.db', sight);
  expect(findings.map(({ code, problem }) => `${code}: ${problem}`)).toEqual(expected);
  for (const { subject, remedy } of findings) expect([subject, remedy !== '']).toEqual(['x.db', true]);
});
