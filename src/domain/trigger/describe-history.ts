import type { TriggerEvent, ReadReason } from './event.ts';
import type { Cause, Note } from './history.ts';
import type { HeldJobState } from './held-job.ts';
import { lateText } from './end-seen.ts';
import type { TimelineEntry } from './timeline.ts';

/** The subject of a line of a history. */
export type HistoryKind =
  | 'request'
  | 'user_request'
  | 'delivery'
  | 'start'
  | 'read'
  | 'state'
  | 'status'
  | 'job'
  | 'play'
  | 'approval'
  | 'retry'
  | 'cancel'
  | 'report'
  | 'decision'
  | 'answer';

/** The text of a line. */
export interface Described {
  readonly kind: HistoryKind;
  readonly text: string;
}

const because = (reason: string | null): string => (reason === null ? '' : `: ${reason}`);

const readReasons = {
  hook: 'polled GitLab: a webhook referred to this pipeline',
  action: 'polled GitLab after an action',
  sweep: 'polled GitLab: no update for a while',
  user_request: 'polled GitLab on request',
} as const satisfies Record<ReadReason, string>;

type Line = TimelineEntry | Note;
type LineOf<Type extends Line['type']> = Extract<Line, { readonly type: Type }>;

const describers: { readonly [Type in Line['type']]: (line: LineOf<Type>) => Described } = {
  state: ({ state, candidate }) => ({
    kind: 'state',
    text:
      candidate === undefined ? state : `found pipeline ${candidate.id}, ${candidate.status}, to run again`,
  }),
  status: ({ pipelineId, status }) => ({ kind: 'status', text: `pipeline ${pipelineId} is ${status}` }),
  job: ({ name, status }) => ({ kind: 'job', text: `job ${name} is ${status}` }),
  played: ({ name }) => ({ kind: 'play', text: `played ${name}` }),
  outcome: ({ outcome, reason, failedJobs, endSeenBy, endSeenLateSeconds, project }) => ({
    kind: 'decision',
    text: [
      `${outcome}${because(reason ?? failedText(failedJobs))}`,
      ...(endSeenBy === undefined ? [] : [lateText(endSeenLateSeconds, project ?? null)]),
    ].join('; '),
  }),
  start: ({ lastError }) => ({
    kind: 'start',
    text: lastError === null ? 'asks GitLab for the pipeline' : `no pipeline yet: ${lastError}`,
  }),
  read: ({ why, status, refusal }) => ({
    kind: 'read',
    text: `${readReasons[why]}: ${status ?? refusal ?? 'nothing'}`,
  }),
  play: ({ name, progress, refusal }) => ({
    kind: 'play',
    text: progress === 'intended' ? `is to play ${name}` : `did not play ${name}${because(refusal)}`,
  }),
  approval: ({ job }) => ({ kind: 'approval', text: `${job} waits to be approved` }),
  heldJob: ({ name, action, state, by, comment }) => ({
    kind: action === 'approve' ? 'approval' : 'play',
    text: `${name}: ${heldJobTexts[state]}${by === null ? '' : ` by ${by}`}${because(comment)}`,
  }),
  retry: ({ progress, reason }) => ({
    kind: 'retry',
    text:
      progress === 'wanted'
        ? 'is to run again what failed'
        : `asked GitLab to run it again${because(reason)}`,
  }),
  cancel: ({ progress, reason }) => ({
    kind: 'cancel',
    text: `${progress === 'wanted' ? 'is to cancel the pipeline' : 'is done with canceling'}${because(reason)}`,
  }),
  jobRetry: ({ name, reason, progress, refusal }) => ({
    kind: 'retry',
    text:
      progress === 'refused'
        ? `did not retry ${name}${because(refusal)}`
        : `${progress === 'intended' ? 'is to retry' : 'retried'} ${name}, which failed for ${reason}`,
  }),
  report: ({ kind, target, detail }) => ({
    kind: 'report',
    text: `${kind === 'gate' ? 'gate' : 'commit status'} ${target}: ${detail}`,
  }),
  answer: ({ to, status }) => ({
    kind: 'answer',
    text: status === null ? `${to} hung up` : `answered ${to} with ${status}`,
  }),
};

const heldJobTexts = {
  open: 'a person is waited for',
  approved: 'approved',
  rejected: 'rejected',
  timed_out: 'nobody came in time',
  played: 'played in GitLab',
  withdrawn: 'not waited for any more',
} as const satisfies Record<HeldJobState['kind'], string>;

const failedText = (jobs: readonly { readonly name: string }[]): string | null =>
  jobs.length === 0 ? null : `failed jobs: ${jobs.map(({ name }) => name).join(', ')}`;

/** The text of a line of a history. */
export const describe = (line: Line): Described => describers[line.type](line as never);

const eventTexts: Readonly<Partial<Record<TriggerEvent['type'], string>>> = {
  pipelineStarted: 'GitLab made the pipeline',
  pipelineFound: 'it was found in GitLab',
  startRefused: 'GitLab refused to make the pipeline',
  startAbandoned: 'it was canceled before there was a pipeline',
  pipelineSeen: 'a webhook reported it',
  jobSeen: 'a webhook reported it',
  pipelineRead: 'GitLab was asked',
  pipelineListed: 'a list of GitLab showed it',
  pipelineGone: 'GitLab was asked',
  readRefused: 'GitLab was asked',
  jobPlayed: 'GitLab played it',
  playPostponed: 'GitLab was asked',
  retryRefused: 'GitLab refused to run it again',
  retryAbandoned: 'it was canceled before it was run again',
  cancelWithheld: 'others wait for the pipeline',
  deadlinePassed: 'the deadline passed',
  timeoutPassed: 'the time for it was up',
  approvalGiven: 'somebody approved it',
  approvalRejected: 'somebody rejected it',
  cancelRequested: 'somebody canceled it',
  upstreamCanceled: 'the upstream pipeline was canceled',
  playRequested: 'somebody asked for a play',
  retryRequested: 'somebody asked for a retry',
  memberStarted: 'its group started it',
  memberSkipped: 'its group skipped it',
  memberQueued: 'its group was retried',
  resolved: 'an admin resolved it',
};

/** The cause of a change as text; null where there is nothing to add. */
export const describeCause = ({ event }: Cause): string | null => eventTexts[event] ?? null;
