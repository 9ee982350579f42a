import type { Payload } from '../delivery.ts';
import { pipelineIdOf } from '../delivery.ts';
import type { Action, Decision, EventOf } from './event.ts';
import type { Report } from './report.ts';
import { dueReports, wantedStatus } from './report.ts';
import type { Trigger, Upstream } from './trigger.ts';

const actionFor = { gate: 'playGate', commitStatus: 'postStatus' } as const satisfies Record<
  Report['kind'],
  Action['type']
>;

/** The work that is due for the upstream pipeline. */
export const reportActions = (trigger: Trigger): readonly Action[] =>
  dueReports(trigger).map(({ kind }) => ({ type: actionFor[kind] }));

/** The decision with the work that it makes due for the upstream pipeline. */
export function withReports(trigger: Trigger, { next, actions }: Decision): Decision {
  const known = new Set(dueReports(trigger).map(({ kind }) => kind));
  const isSameStatus = wantedStatus(trigger) === wantedStatus(next);
  const isNew = ({ kind }: Report): boolean => !known.has(kind) || (kind === 'commitStatus' && !isSameStatus);
  const more = dueReports(next)
    .filter(isNew)
    .map(({ kind }) => ({ type: actionFor[kind] }));
  return more.length === 0 ? { next, actions } : { next, actions: [...actions, ...more] };
}

/** The trigger after one of its reports has got on. Nothing else of it changes. */
export function updateReport(trigger: Trigger, { report }: EventOf<'reportUpdated'>): Decision {
  const reports = (trigger.reports ?? []).map((known) => (known.kind === report.kind ? report : known));
  return { next: { ...trigger, reports }, actions: [] };
}

/** A path is the same in any case, as GitLab has it. */
const isSameProject = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const isSameUpstream = (one: Trigger, other: Trigger): boolean =>
  one.request.upstream !== null &&
  other.request.upstream !== null &&
  one.request.gitlabUrl === other.request.gitlabUrl &&
  one.request.upstream.pipelineId === other.request.upstream.pipelineId;

/** A trigger that a retried job made in place of another one: the newest counts. */
const isSameWork = ({ request: one }: Trigger, { request: other }: Trigger): boolean =>
  isSameProject(one.project, other.project) && one.ref === other.ref;

const isNewer = (one: Trigger, other: Trigger): boolean =>
  one.createdAt > other.createdAt || (one.createdAt === other.createdAt && one.id > other.id);

/** Whether a new trigger may not post under its name: an open one of other work does so already. */
export const isTakenBy = (trigger: Trigger, other: Trigger): boolean =>
  other.state.kind !== 'finished' &&
  trigger.request.report?.commitStatus != null &&
  trigger.request.report.commitStatus === other.request.report?.commitStatus &&
  isSameUpstream(trigger, other) &&
  !isSameWork(trigger, other);

/** Whether another trigger posts under the same name in its place. */
export const isSupersededBy = (trigger: Trigger, other: Trigger): boolean =>
  trigger.id !== other.id &&
  trigger.request.report?.commitStatus === other.request.report?.commitStatus &&
  isSameUpstream(trigger, other) &&
  isSameWork(trigger, other) &&
  isNewer(other, trigger);

/** Of the triggers that name one gate those that count: of the same work the newest, by their age. */
export const countedOnGate = (triggers: readonly Trigger[]): readonly Trigger[] =>
  triggers
    .filter((trigger) => !triggers.some((other) => isSameWork(trigger, other) && isNewer(other, trigger)))
    .toSorted((one, other) => (isNewer(one, other) ? 1 : -1));

/** Whether a trigger names a gate of an upstream pipeline. */
export const namesGate = (
  { request }: Trigger,
  gate: string,
  upstream: Pick<Upstream, 'pipelineId'>,
): boolean => request.report?.gate === gate && request.upstream?.pipelineId === upstream.pipelineId;

/** Whether a webhook of the upstream pipeline says that the gate of a finished trigger may be reached. */
export function mayOpenGate(trigger: Trigger, payload: Payload): boolean {
  const gate = dueReports(trigger).find(({ kind }) => kind === 'gate');
  if (gate === undefined || pipelineIdOf(payload) !== trigger.request.upstream?.pipelineId) return false;
  if (payload.kind !== 'pipeline') return payload.kind === 'unreadable';
  const { jobs } = payload.pipeline;
  return jobs === null || jobs.some(({ name, status }) => name === gate.target && status !== 'created');
}
