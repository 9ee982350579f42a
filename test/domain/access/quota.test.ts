import { expect, test } from 'vitest';
import { jobCaller } from '../../../src/domain/access/caller.ts';
import { quotaOf } from '../../../src/domain/access/quota.ts';
import { someClaims } from '../../fakes/claims.ts';

test('a key has the quota of its name, an admin none', () => {
  const key = { id: 'ci', projects: null };
  expect(quotaOf({ ...key, role: 'trigger' })).toEqual({ name: 'ci', callers: ['ci'] });
  expect(quotaOf({ ...key, role: 'read' })).toEqual({ name: 'ci', callers: ['ci'] });
  expect(quotaOf({ ...key, role: 'admin' })).toBeNull();
});

test.each([
  { refProtected: true },
  { refProtected: false },
  { refProtected: true, jobProject: { id: 7, path: 'group/other' } },
  { refProtected: false, jobProject: { id: 7, path: 'group/other' } },
])('all jobs of a project share one quota, in which each of their ids counts: %o', (claims) => {
  const caller = jobCaller(someClaims(claims));
  const quota = quotaOf(caller);
  expect(quota?.name).toBe('project:42');
  expect(quota?.callers).toContain(caller.id);
  expect(quota?.callers.toSorted()).toEqual([
    'project:42:protected',
    'project:42:protected:fork',
    'project:42:unprotected',
    'project:42:unprotected:fork',
  ]);
});
