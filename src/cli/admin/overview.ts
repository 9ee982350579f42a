import { printable } from './printable.ts';

/** A trigger as the service shows it. Source: CONTRACT, section 2 */
export interface TriggerJson {
  readonly id: string;
  readonly project: string;
  readonly ref: string;
  readonly state: 'pending' | 'finished';
  readonly pipelineId: number | null;
  readonly pipelineStatus: string | null;
  readonly webUrl: string | null;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly onManual: string;
  readonly playedJobs: readonly { readonly name: string }[];
  readonly failedJobs: readonly { readonly name: string }[];
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly deadlineAt: string;
  readonly waiters: number;
}

/** What `GET /v1/overview` says of a trigger. */
export interface OverviewItem {
  readonly trigger: TriggerJson;
  readonly caller: string;
  readonly observedAt: string;
  readonly jobs: readonly { readonly name: string; readonly status: string }[];
  /** Why no hook brings news of its project; null where nothing is known to be wrong. */
  readonly hookProblem: string | null;
  readonly waiting: readonly PresenceGroup[];
}

interface PresenceGroup {
  readonly caller: string;
  readonly from: string | null;
  readonly count: number;
  readonly since: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** An item as `--json` prints it: the trigger with everything else beside its members. */
export const flat = ({ trigger, ...rest }: OverviewItem) => ({ ...trigger, ...rest });

/** What the trigger is at: the jobs that run or block, else where its pipeline stands, else why there is none. */
export function currentOf({ trigger, jobs }: OverviewItem): string {
  if (trigger.outcome !== null) return [trigger.outcome, trigger.reason].filter(Boolean).join(': ');
  if (jobs.length > 0) return jobs.map(({ name, status }) => `${name} (${status})`).join(', ');
  return trigger.pipelineStatus ?? trigger.reason ?? 'no pipeline yet';
}

/** Who waits, in few words. */
export const waitingText = (waiting: OverviewItem['waiting']): string =>
  waiting
    .map(
      ({ caller, from, count }) =>
        `${caller}${from === null ? '' : `@${from}`}${count > 1 ? ` ×${count}` : ''}`,
    )
    .join(', ') || '-';

/** A line for each project whose pending triggers have the sweep alone to tell them, and what to do. */
export function hookNotes(items: readonly OverviewItem[]): string {
  const troubled = new Map(
    items.flatMap(({ trigger, hookProblem }) =>
      hookProblem === null ? [] : [[trigger.project, hookProblem] as const],
    ),
  );
  return [...troubled]
    .map(
      ([project, trouble]) =>
        `${printable(`${project} has no healthy hook: ${trouble}; see pipeline-trigger hooks doctor ${project}`)}\n`,
    )
    .join('');
}
