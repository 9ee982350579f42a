import type { Caller } from '../../domain/access/caller.ts';
import type { GitLabUser } from '../../domain/access/gitlab-user.ts';
import type { Person } from '../../domain/access/person.ts';
import { nameOf } from '../../domain/access/gitlab-user.ts';
import { messageOf } from '../../domain/error.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { pipelineOf, projectOf } from '../../domain/trigger/trigger.ts';
import type { Clock, KnownUser, Log, PeopleReader } from '../ports/index.ts';

/** For how long an answer of GitLab counts, counted from the question; CONTRACT: at most five minutes. */
export const countsMs = 5 * 60_000;
/** An answer that is older is asked for again; it counts on only where GitLab gives no other. */
const freshMs = 4 * 60_000;
/** While GitLab does not answer, it is asked no more often than this. */
const pauseMs = 5_000;
/** The most questions at the same time for one page. */
const width = 8;
const mostUsers = 10_000;
const mostLevels = 100_000;

/** People who signed in with GitLab, and what they may: GitLab's answers, kept for a while. */
export interface People {
  /** The caller that a user of GitLab is; null for one who is blocked or gone. */
  readonly callerFor: (user: GitLabUser) => Promise<Caller | null>;
  /** Whether GitLab has just not said who may what. */
  readonly isAway: () => boolean;
}

interface Deps {
  readonly reader: PeopleReader;
  /** The GitLab that people sign in with: its users are nobody in another one. */
  readonly gitlabUrl: string;
  /** `ADMIN_USERS`. */
  readonly admins: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

interface Kept<Value> {
  readonly value: Value;
  readonly askedAt: number;
}

export function createPeople({ reader, gitlabUrl, admins, clock, log }: Deps): People {
  const adminNames = new Set(admins.map((name) => name.toLowerCase()));
  let awayUntil = -Infinity;

  async function ask<Value>(question: () => Promise<Value>): Promise<Value | undefined> {
    if (clock.now() < awayUntil) return undefined;
    try {
      const value = await question();
      if (awayUntil > 0) log.info({}, 'GitLab says again who may what');
      awayUntil = -Infinity;
      return value;
    } catch (error) {
      if (awayUntil < 0) log.warn({ error: messageOf(error) }, 'GitLab does not say who may what');
      awayUntil = clock.now() + pauseMs;
      return undefined;
    }
  }

  const users = createAnswers<KnownUser | null>(clock, mostUsers, ask);
  const roles = createAnswers<number>(clock, mostLevels, ask);
  const roleIn = (userId: number, project: string): Promise<number | undefined> =>
    roles.find(keyOf(userId, project), () => reader.readLevel(userId, project));

  /** The project of a trigger, as it is named to GitLab; null: one of another GitLab. */
  function projectFor(trigger: Trigger): string | null {
    if (trigger.request.gitlabUrl !== gitlabUrl) return null;
    const pipeline = pipelineOf(trigger);
    return pipeline === null ? trigger.request.project : projectOf(trigger, pipeline);
  }

  function levelFrom({ userId }: GitLabUser, trigger: Trigger): number {
    const project = projectFor(trigger);
    if (project === null) return 0;
    return roles.known(keyOf(userId, project)) ?? 0;
  }

  async function learn({ userId }: GitLabUser, triggers: readonly Trigger[]): Promise<number> {
    const projects = [...new Set(triggers.map(projectFor))].filter((project) => project !== null);
    const unknown = projects.filter((project) => !roles.isFresh(keyOf(userId, project)));
    const left = unknown.values();
    const work = async (): Promise<void> => {
      for (const project of left) await roleIn(userId, project);
    };
    await Promise.all(Array.from({ length: width }, work));
    return unknown.length;
  }

  const personFor = (user: GitLabUser): Person => ({
    ...user,
    levelIn: (trigger) => levelFrom(user, trigger),
    learn: (triggers) => learn(user, triggers),
    isIn: async (projectId, from) => ((await roleIn(user.userId, String(projectId))) ?? 0) >= from,
  });

  return {
    async callerFor(user) {
      const { userId } = user;
      const found = await users.find(String(userId), () => reader.readUser(userId));
      if (found === null || found?.isActive === false) return null;
      const person = personFor(found ?? user);
      // Without GitLab's word nobody is an administrator.
      const isAdmin = found !== undefined && adminNames.has(person.username.toLowerCase());
      const rights = isAdmin ? ({ role: 'admin', projects: null } as const) : noKey;
      return { id: nameOf(person), ...rights, person };
    },

    isAway: () => clock.now() < awayUntil,
  };
}

/** What keys are kept to says nothing about people. */
const noKey = { role: 'person', projects: [] } as const;

/** GitLab takes paths in any case. */
const keyOf = (userId: number, project: string): string => `${userId} ${project.toLowerCase()}`;

/** Answers of GitLab, for as long as they count. Concurrent questions share one read. */
function createAnswers<Value>(
  clock: Pick<Clock, 'now'>,
  most: number,
  ask: (question: () => Promise<Value>) => Promise<Value | undefined>,
) {
  const kept = createLruMap<string, Kept<Value>>(most);
  const asked = new Map<string, Promise<void>>();

  const ageOf = ({ askedAt }: Kept<Value>): number => clock.now() - askedAt;

  /** The answer while it counts. */
  function known(key: string): Value | undefined {
    const found = kept.get(key);
    return found !== undefined && ageOf(found) < countsMs ? found.value : undefined;
  }

  function isFresh(key: string): boolean {
    const found = kept.get(key);
    return found !== undefined && ageOf(found) < freshMs;
  }

  async function read(key: string, question: () => Promise<Value>): Promise<void> {
    const askedAt = clock.now();
    const value = await ask(question);
    if (value !== undefined) kept.set(key, { value, askedAt });
  }

  async function find(key: string, question: () => Promise<Value>): Promise<Value | undefined> {
    if (!isFresh(key)) {
      const reading = asked.get(key) ?? read(key, question).finally(() => asked.delete(key));
      asked.set(key, reading);
      await reading;
    }
    return known(key);
  }

  return { known, isFresh, find };
}
