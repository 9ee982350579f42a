import type { JobId } from '../ids.ts';

/** What a request wants its upstream pipeline to show of the trigger. */
export interface ReportRequest {
  /** The job there that is to be played once the trigger has finished. */
  readonly gate: string | null;
  /** The name of the commit status there that is to follow the trigger. */
  readonly commitStatus: string | null;
}

/** The states of a commit status that are used. Source: GitLab doc/api/commits.md */
export type CommitStatus = 'pending' | 'running' | 'success' | 'failed' | 'canceled';

interface CommonReport {
  /** The name of the job, or of the status. */
  readonly target: string;
  /** For people: what came of it, or what it waits for; GitLab's words where it refused. */
  readonly detail: string | null;
  readonly updatedAt: number;
  /** Since when GitLab has refused what is tried again; null while it does not. */
  readonly refusedSince: number | null;
}

/** A job of the upstream pipeline that waits for the trigger. */
export interface GateReport extends CommonReport {
  readonly kind: 'gate';
  readonly state: 'waiting' | 'done' | 'refused';
  /** The play that was sent, and until when GitLab may still carry it out unseen. Written before it is sent. */
  readonly playing: { readonly jobId: JobId; readonly inDoubtUntil: number } | null;
}

/** A status of the upstream pipeline that follows the trigger. */
export interface StatusReport extends CommonReport {
  readonly kind: 'commitStatus';
  /** What GitLab shows. */
  readonly posted: CommitStatus | null;
  /** What was sent, and until when GitLab may still carry it out unseen. Written before it is sent. */
  readonly posting: { readonly status: CommitStatus; readonly inDoubtUntil: number } | null;
  /** What GitLab refused for good: it is not tried again, other states are. */
  readonly refused: CommitStatus | null;
  /** The commit of the upstream pipeline, once it was read. */
  readonly sha: string | null;
  /** A newer trigger of the same project and ref posts under this name. */
  readonly isSuperseded: boolean;
}

/** What is owed to the upstream pipeline, and how far it has come. Kept with the trigger, so that no crash loses it. */
export type Report = GateReport | StatusReport;

/** The reports of a new trigger. */
export function newReports(wanted: ReportRequest | undefined, at: number): readonly Report[] {
  const { gate = null, commitStatus = null } = wanted ?? {};
  const common = { detail: null, updatedAt: at, refusedSince: null };
  return [
    ...(commitStatus === null
      ? []
      : [
          {
            ...common,
            kind: 'commitStatus' as const,
            target: commitStatus,
            ...{ posted: null, posting: null, refused: null, sha: null, isSuperseded: false },
          },
        ]),
    ...(gate === null
      ? []
      : [{ ...common, kind: 'gate' as const, target: gate, state: 'waiting' as const, playing: null }]),
  ];
}

/** As much of a trigger as its reports depend on. */
interface Reporting {
  readonly state:
    { readonly kind: 'requested' | 'running' } | { readonly kind: 'finished'; readonly outcome: string };
  readonly reports?: readonly Report[];
}

/** How an outcome shows in a commit status. Source: CONTRACT, section 7 */
function statusOfOutcome(outcome: string): CommitStatus {
  if (outcome === 'success' || outcome === 'manual_passed') return 'success';
  return outcome === 'canceled' ? 'canceled' : 'failed';
}

/** What the commit status of a trigger should show now. */
export function wantedStatus({ state }: Reporting): CommitStatus {
  if (state.kind === 'finished') return statusOfOutcome(state.outcome);
  return state.kind === 'running' ? 'running' : 'pending';
}

/** What a commit status says beside its state; null: the state says it all. */
export const describedStatus = ({ state }: Reporting): string | null =>
  state.kind === 'finished' && statusOfOutcome(state.outcome) === 'failed' ? state.outcome : null;

function isDue(trigger: Reporting, report: Report): boolean {
  if (report.kind === 'gate') return report.state === 'waiting' && trigger.state.kind === 'finished';
  const wanted = wantedStatus(trigger);
  return !report.isSuperseded && report.posted !== wanted && report.refused !== wanted;
}

/** The reports that are to be made now. */
export const dueReports = (trigger: Reporting): readonly Report[] =>
  (trigger.reports ?? []).filter((report) => isDue(trigger, report));

/** A report with its times as much earlier as the clock was set back. */
export function shiftReport(report: Report, byMs: number): Report {
  const earlier = <Sent extends { readonly inDoubtUntil: number }>(sent: Sent | null): Sent | null =>
    sent === null ? null : { ...sent, inDoubtUntil: sent.inDoubtUntil - byMs };
  const refusedSince = report.refusedSince === null ? null : report.refusedSince - byMs;
  return report.kind === 'gate'
    ? { ...report, refusedSince, playing: earlier(report.playing) }
    : { ...report, refusedSince, posting: earlier(report.posting) };
}

/** A report as callers see it. */
export interface ReportSummary {
  readonly kind: Report['kind'];
  readonly target: string;
  readonly state: GateReport['state'];
  readonly detail: string | null;
  readonly updatedAt: number;
}

function stateOf(trigger: Reporting, report: Report): ReportSummary['state'] {
  if (report.kind === 'gate') return report.state;
  if (report.refused === wantedStatus(trigger)) return 'refused';
  const isAtEnd = trigger.state.kind === 'finished' && report.posted === wantedStatus(trigger);
  return isAtEnd || report.isSuperseded ? 'done' : 'waiting';
}

/** How far each report has come. */
export const reportSummaries = (trigger: Reporting): readonly ReportSummary[] =>
  (trigger.reports ?? []).map((report) => {
    const { kind, target, detail, updatedAt } = report;
    return { kind, target, state: stateOf(trigger, report), detail, updatedAt };
  });
