import type { Outcome } from './trigger/trigger.ts';

/** A trigger that has ended, as far as statistics need it. Times in milliseconds since the epoch. */
export interface EndedRun {
  readonly project: string;
  readonly outcome: Outcome;
  readonly createdAt: number;
  readonly finishedAt: number;
}

/** How long runs usually take. */
export interface Usual {
  readonly medianMs: number;
  /** 95 of 100 runs take no longer. */
  readonly p95Ms: number;
}

/** The value below which a share of the values lies: the nearest rank, so that it is one of them. 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}

const spread = (durations: readonly number[]): Usual => ({
  medianMs: quantile(durations, 0.5),
  p95Ms: quantile(durations, 0.95),
});

/** Fewer runs say nothing about the next one. */
const fewestRuns = 3;

/** What follows from how long the last runs took; null where they are too few. */
export const usualOf = (durations: readonly number[]): Usual | null =>
  durations.length < fewestRuns ? null : spread(durations);

const passed: ReadonlySet<Outcome> = new Set(['success', 'manual_passed']);
const failed: ReadonlySet<Outcome> = new Set(['failed', 'error', 'deadline']);

/** How many of some runs ended well, badly, and in another way: canceled, skipped, left to a person. */
interface Ends {
  readonly passed: number;
  readonly failed: number;
  readonly others: number;
}

const endsOf = (runs: readonly EndedRun[]): Ends => {
  const [good, bad] = [passed, failed].map((set) => runs.filter(({ outcome }) => set.has(outcome)).length);
  const [well = 0, badly = 0] = [good, bad];
  return { passed: well, failed: badly, others: runs.length - well - badly };
};

/** The runs that ended on a day. */
export interface DayOfRuns extends Ends, Usual {
  /** Its beginning, in UTC. */
  readonly at: number;
}

/** The runs of a project. */
export interface ProjectRuns extends Ends, Usual {
  readonly project: string;
  readonly runs: number;
}

export interface RunSummary extends Ends, Usual {
  readonly runs: number;
  /** Each day of the time, the oldest first, also those without runs. */
  readonly days: readonly DayOfRuns[];
  /** Those with the most runs first. */
  readonly projects: readonly ProjectRuns[];
  /** How long all of them took in total: a runner that polls is busy for as long. */
  readonly totalMs: number;
}

const dayMs = 86_400_000;
export const dayOf = (at: number): number => Math.floor(at / dayMs) * dayMs;

const durationOf = ({ createdAt, finishedAt }: EndedRun): number => Math.max(0, finishedAt - createdAt);
/** A run that failed or was canceled early says nothing about how long one takes. */
const durationsOf = (runs: readonly EndedRun[]): readonly number[] =>
  runs.filter(({ outcome }) => passed.has(outcome)).map(durationOf);

/** Sums up the runs that ended within the last days, today among them. */
export function summarize(
  runs: readonly EndedRun[],
  { now, days }: { now: number; days: number },
): RunSummary {
  const today = dayOf(now);
  const first = today - (days - 1) * dayMs;
  const within = runs.filter(({ finishedAt }) => finishedAt >= first && finishedAt < today + dayMs);
  const byDay = Map.groupBy(within, ({ finishedAt }) => dayOf(finishedAt));
  const byProject = [...Map.groupBy(within, ({ project }) => project)];
  const about = (some: readonly EndedRun[]) => ({ ...endsOf(some), ...spread(durationsOf(some)) });
  return {
    runs: within.length,
    ...about(within),
    days: Array.from({ length: days }, (_, at) => first + at * dayMs).map((at) => ({
      at,
      ...about(byDay.get(at) ?? []),
    })),
    projects: byProject
      .map(([project, some]) => ({ project, runs: some.length, ...about(some) }))
      .toSorted((one, other) => other.runs - one.runs || (one.project < other.project ? -1 : 1)),
    totalMs: within.map(durationOf).reduce((sum, ms) => sum + ms, 0),
  };
}
