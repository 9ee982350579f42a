import { describe, expect, test } from 'vitest';
import type { Caller, Role } from '../../../src/domain/access/caller.ts';
import { maySee, maySteer, mayTrigger } from '../../../src/domain/access/caller.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const own = aTrigger({ project: 'group/app' }, { caller: 'ci' });
const others = aTrigger({ project: 'group/app' }, { caller: 'somebody' });
const elsewhere = aTrigger({ project: 'other/app' }, { caller: 'somebody' });

const who = (role: Role, projects: readonly string[] | null = null): Caller => ({ id: 'ci', role, projects });

test.each<[string, Caller, { see: string; steer: string }]>([
  ['admin', who('admin'), { see: 'own others elsewhere', steer: 'own others elsewhere' }],
  ['trigger', who('trigger'), { see: 'own', steer: 'own' }],
  ['trigger, kept to another project', who('trigger', ['other/*']), { see: 'own', steer: 'own' }],
  ['read', who('read'), { see: 'own others elsewhere', steer: '' }],
  ['read, kept to a project', who('read', ['other/*']), { see: 'own elsewhere', steer: '' }],
])('%s', (_who, caller, expected) => {
  const all = Object.entries({ own, others, elsewhere });
  const names = (may: typeof maySee): string =>
    all.flatMap(([name, trigger]) => (may(caller, trigger) ? [name] : [])).join(' ');
  expect({ see: names(maySee), steer: names(maySteer) }).toEqual(expected);
});

describe('where a caller may start pipelines', () => {
  test.each<[Role, boolean]>([
    ['read', false],
    ['trigger', true],
    ['admin', true],
  ])('%s: %s', (role, expected) => expect(mayTrigger(who(role), 'group/app')).toBe(expected));

  test.each<[pattern: string, project: string, expected: boolean]>([
    ['group/app', 'group/app', true],
    ['group/app', 'Group/APP', true],
    ['group/app', 'group/app2', false],
    ['group/app', 'my-group/app', false],
    ['group/*', 'group/app', true],
    ['group/*', 'group/sub/app', false],
    ['group/**', 'group/sub/app', true],
    ['**/app', 'group/sub/app', true],
    ['*/a*p', 'group/app', true],
    ['group.x/app', 'group-x/app', false],
    ['gr(ou)+p/[app]', 'group/a', false],
    ['*', '12', true],
    ['group/*', '12', false],
  ])('%s, %s: %s', (pattern, project, expected) => {
    expect(mayTrigger(who('trigger', ['nobody/*', pattern]), project)).toBe(expected);
  });

  test('nowhere, if it is kept to nothing', () => {
    expect(mayTrigger(who('trigger', []), 'group/app')).toBe(false);
  });
});
