import type { RunStatistics } from '../app/ports/index.ts';
import type { Outcome } from '../domain/trigger/trigger.ts';
import type { Database } from './database.ts';

/** So many runs of a ref say how long the next one takes. */
const recentRuns = 20;

/** The columns alone: the triggers themselves lie in pages of their own. */
const times = { createdAt: true, finishedAt: true } as const;

interface Times {
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const msOf = (at: Date | null): number => at?.getTime() ?? 0;
const durationOf = ({ createdAt, finishedAt }: Times): number =>
  Math.max(0, msOf(finishedAt) - createdAt.getTime());

/** Answers from the columns and indexes of triggers. */
export const createRunStatistics = ({ read }: Pick<Database, 'read'>): RunStatistics => ({
  async recentDurations(project, ref) {
    // One query for each outcome: with both in one, the newest would have to be sorted out of all.
    const newest = await read((client) =>
      Promise.all(
        (['success', 'manual_passed'] satisfies Outcome[]).map((outcome) =>
          client.trigger.findMany({
            where: { project, ref, outcome },
            orderBy: { finishedAt: 'desc' },
            take: recentRuns,
            select: times,
          }),
        ),
      ),
    );
    return newest
      .flat()
      .toSorted((one, other) => msOf(other.finishedAt) - msOf(one.finishedAt))
      .slice(0, recentRuns)
      .map(durationOf);
  },

  async endedSince(since, limit) {
    const rows = await read((client) =>
      client.trigger.findMany({
        where: { finishedAt: { gte: new Date(since) }, outcome: { not: null } },
        orderBy: { finishedAt: 'desc' },
        take: limit,
        select: { ...times, project: true, outcome: true },
      }),
    );
    return rows.map(({ project, outcome, createdAt, finishedAt }) => ({
      project,
      outcome: outcome as Outcome,
      createdAt: createdAt.getTime(),
      finishedAt: msOf(finishedAt),
    }));
  },
});
