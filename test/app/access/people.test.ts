import { describe, expect, test } from 'vitest';
import { countsMs, createPeople } from '../../../src/app/access/people.ts';
import type { KnownUser, PeopleReader } from '../../../src/app/ports/index.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { approvalRefusal, maySee, maySteer, mayTrigger } from '../../../src/domain/access/caller.ts';
import { AppError } from '../../../src/domain/error.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const gitlabUrl = 'https://gitlab.example.com';
const alice = { userId: 7, username: 'alice' };
const trigger = aTrigger();
const rightsOf = (caller: Caller, about: Trigger = trigger) => [
  maySee(caller, about),
  maySteer(caller, about),
  approvalRefusal(caller, about, true) === null,
];

function begin(admins: readonly string[] = []) {
  const clock = createFakeClock();
  const gitlab = { isAway: false, user: { ...alice, isActive: true } as KnownUser | null, level: 30 };
  const asked: string[] = [];
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return gitlab.isAway
      ? Promise.reject(new AppError('gitlab_unavailable', 'away'))
      : Promise.resolve(value);
  };
  const reader: PeopleReader = {
    readUser: (id) => answer(`user ${id}`, gitlab.user),
    readLevel: (id, project) => answer(`${id} in ${project}`, gitlab.level),
  };
  const quiet = { info: () => undefined, warn: () => undefined };
  const people = createPeople({ reader, gitlabUrl, admins, clock, log: quiet });
  /** A request of the person's for a page with a trigger. */
  const visit = async (about: Trigger = trigger): Promise<readonly boolean[] | null> => {
    const caller = await people.callerFor(alice);
    if (caller === null) return null;
    await caller.person?.learn([about]);
    return rightsOf(caller, about);
  };
  return { clock, gitlab, asked, people, visit };
}

const [all, none] = [
  [true, true, true],
  [false, false, false],
] as const;

test.each([
  [0, none],
  [5, none],
  [10, none],
  [15, none],
  [19, none],
  [20, [true, false, false]],
  [25, [true, false, false]],
  [30, [true, true, false]],
  [40, all],
  [50, all],
])('role %i in GitLab: see, steer, approve %j', async (level, rights) => {
  const { gitlab, visit } = begin();
  gitlab.level = level;
  expect(await visit()).toEqual(rights);
});

test('nobody who signed in may start pipelines, except administrators', async () => {
  expect(mayTrigger((await begin().people.callerFor(alice)) as Caller, 'group/app')).toBe(false);
  expect(mayTrigger((await begin(['alice']).people.callerFor(alice)) as Caller, 'group/app')).toBe(true);
});

test('a role that was not asked about is none', async () => {
  const { people } = begin();
  expect(rightsOf((await people.callerFor(alice)) as Caller)).toEqual(none);
});

test('the same id in another GitLab is another project', async () => {
  const { visit, asked } = begin();
  expect(await visit(aTrigger({ gitlabUrl: 'https://other.example.com' }))).toEqual(none);
  expect(asked).toEqual(['user 7']);
});

test('GitLab is asked once for each project of a page, and again after some minutes', async () => {
  const { clock, people, asked } = begin();
  const caller = (await people.callerFor(alice)) as Caller;
  const triggers = Array.from({ length: 50 }, (_, n) => aTrigger({ project: `group/p${n % 10}` }));
  await Promise.all([caller.person?.learn(triggers), caller.person?.learn(triggers)]);
  expect(await caller.person?.learn(triggers)).toBe(0);
  expect(asked).toHaveLength(1 + 10);
  await clock.advance(countsMs);
  await caller.person?.learn(triggers);
  expect(asked).toHaveLength(1 + 20);
});

describe('what GitLab has taken away', () => {
  test('is gone within five minutes', async () => {
    const { clock, gitlab, visit } = begin();
    gitlab.level = 40;
    expect(await visit()).toEqual(all);
    gitlab.level = 0;
    await clock.advance(countsMs);
    expect(await visit()).toEqual(none);
  });

  test('is gone with the user', async () => {
    for (const user of [{ ...alice, isActive: false }, null]) {
      const { clock, gitlab, visit } = begin(['alice']);
      expect(await visit()).toEqual(all);
      gitlab.user = user;
      await clock.advance(countsMs);
      expect(await visit()).toBeNull();
    }
  });
});

describe('while GitLab does not answer', () => {
  test.each([[['alice']], [[]]])(
    'what was known counts for five minutes, then nothing: admins %j',
    async (admins) => {
      const { clock, gitlab, visit, people } = begin(admins);
      gitlab.level = 40;
      expect(await visit()).toEqual(all);
      gitlab.isAway = true;
      await clock.advance(countsMs - 1);
      expect(await visit()).toEqual(all);
      await clock.advance(1);
      expect(await visit()).toEqual(none);
      expect(people.isAway()).toBe(true);
      gitlab.isAway = false;
      await clock.advance(10_000);
      expect(await visit()).toEqual(all);
    },
  );

  test('it is asked rarely', async () => {
    const { gitlab, visit, asked } = begin();
    gitlab.isAway = true;
    for (let time = 0; time < 20; time += 1) await visit(aTrigger({ project: `group/p${time}` }));
    expect(asked).toHaveLength(1);
  });
});

describe('four eyes', () => {
  const mine = { ...trigger, startedBy: alice };

  test.each([[[]], [['alice']]])('compare people: admins %j', async (admins) => {
    const { gitlab, people } = begin(admins);
    gitlab.level = 50;
    const caller = (await people.callerFor({ ...alice, username: 'renamed' })) as Caller;
    await caller.person?.learn([mine]);
    expect(approvalRefusal(caller, mine, true)).toContain('APPROVAL_FOUR_EYES');
    expect(approvalRefusal(caller, mine, false)).toBeNull();
    expect(
      approvalRefusal(caller, { ...mine, startedBy: { userId: 8, username: 'alice' } }, true),
    ).toBeNull();
  });

  test('a key of the name of a person is no person', async () => {
    const { gitlab, people } = begin();
    gitlab.level = 40;
    const caller = (await people.callerFor(alice)) as Caller;
    const byKey = aTrigger({}, { caller: 'alice' });
    await caller.person?.learn([byKey]);
    expect(approvalRefusal(caller, byKey, true)).toBeNull();
  });

  test('to have started a trigger does not show it to who has lost the role since', async () => {
    const { gitlab, visit } = begin();
    gitlab.level = 0;
    expect(await visit(mine)).toEqual(none);
  });
});

test('administrators are named in any case', async () => {
  const { people } = begin(['Alice']);
  expect(await people.callerFor(alice)).toMatchObject({ id: '@alice', role: 'admin' });
});
