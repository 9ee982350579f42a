import { expect, test } from 'vitest';
import { auditActions } from '../../src/domain/access/audit.ts';
import { pageAt } from './support/read-pages.ts';

test('the page about the audit log names each action, and no other', () => {
  const rows = pageAt('docs/audit-log.md')
    .text.split('\n')
    .filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([\w.]+)`/g)].map(([, name]) => name),
  );
  expect(named.toSorted()).toEqual([...auditActions].toSorted());
});
