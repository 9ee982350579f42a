import type { DeliveryStore, GitLab, TriggerStore } from '../../../../src/app/ports/index.ts';
import type { Trigger } from '../../../../src/domain/trigger/trigger.ts';

/** Whether a call leaves anything behind, in the database or in GitLab. */
type Effect = 'lasts' | 'reads';

/** Every method of the ports through which the service changes the world. */
export const ports = {
  triggers: {
    create: 'lasts',
    find: 'reads',
    wasPruned: 'reads',
    commit: 'lasts',
    list: 'reads',
    findConcerned: 'reads',
    findByUpstream: 'reads',
    findQuietTriggers: 'reads',
    countPending: 'reads',
    quietVersions: 'reads',
    findPastDeadline: 'reads',
    findPastTimeout: 'reads',
    secretsOf: 'reads',
    timeline: 'reads',
    lastSequence: 'reads',
    changedAfter: 'reads',
    claimPlay: 'lasts',
    claimRetries: 'lasts',
  },
  inbox: { add: 'lasts', ofPipeline: 'reads', parentsAmong: 'reads', find: 'reads', list: 'reads' },
  gitlab: {
    createPipeline: 'lasts',
    findPipeline: 'reads',
    findStarted: 'reads',
    pipelinesAfter: 'reads',
    newestPipeline: 'reads',
    listPipelines: 'reads',
    pauseMs: 'reads',
    showPipeline: 'reads',
    tipOf: 'reads',
    readPipeline: 'reads',
    checkProject: 'reads',
    nameProject: 'reads',
    playJob: 'lasts',
    retryPipeline: 'lasts',
    retryJob: 'lasts',
    hasFailedStatus: 'reads',
    postCommitStatus: 'lasts',
    commitStatuses: 'reads',
    cancelPipeline: 'lasts',
    withTraces: 'reads',
    readTrace: 'reads',
    jobArtifacts: 'reads',
    artifactsOfJob: 'reads',
    readArtifact: 'reads',
    readDotenv: 'reads',
  },
} as const satisfies {
  triggers: Record<keyof TriggerStore, Effect>;
  inbox: Record<keyof DeliveryStore, Effect>;
  gitlab: Record<keyof GitLab, Effect>;
};

export type PortName = keyof typeof ports;

type IsStep = (before: Trigger, next: Trigger) => boolean;

const inDoubtUntil = ({ state }: Trigger): number | null =>
  state.kind === 'requested' ? state.inDoubtUntil : null;
const troubleOf = ({ state }: Trigger): string | null =>
  state.kind === 'requested' ? state.lastError : null;
const intended = ({ played }: Trigger): number =>
  played.filter(({ progress }) => progress === 'intended').length;
const retriesIntended = ({ retriedJobs = [] }: Trigger): number =>
  retriedJobs.filter(({ progress }) => progress === 'intended').length;
const turns = (action: 'retry' | 'cancel', progress: 'wanted' | 'done'): IsStep => {
  const isSo = (trigger: Trigger): boolean => trigger[action]?.progress === progress;
  return (before, next) => isSo(next) && !isSo(before);
};

const reportsOf = ({ reports }: Trigger): string => JSON.stringify(reports);

/** What a commit can be: the steps of a trigger's way that are written down. One commit may be several. */
export const steps = {
  'start tried': (before, next) => inDoubtUntil(before) === null && inDoubtUntil(next) !== null,
  'start in trouble': (before, next) => troubleOf(next) !== null && troubleOf(before) === null,
  'start clear again': (before, next) =>
    next.state.kind === 'requested' && inDoubtUntil(before) !== null && inDoubtUntil(next) === null,
  'candidate noted': (before, next) => before.candidate === undefined && next.candidate !== undefined,
  started: (before, next) => before.state.kind === 'requested' && next.state.kind === 'running',
  'news noted': (before, next) =>
    before.state.kind === 'running' &&
    next.state.kind === 'running' &&
    before.state.pipeline.status !== next.state.pipeline.status,
  'play intended': (before, next) => intended(next) > intended(before),
  'play settled': (before, next) => intended(next) < intended(before),
  'retry wanted': turns('retry', 'wanted'),
  'retry done': turns('retry', 'done'),
  'job retry intended': (before, next) => retriesIntended(next) > retriesIntended(before),
  'job retry settled': (before, next) => retriesIntended(next) < retriesIntended(before),
  'cancel wanted': turns('cancel', 'wanted'),
  'cancel done': turns('cancel', 'done'),
  'end held': (before, next) => before.ending === undefined && next.ending !== undefined,
  finished: (before, next) => before.state.kind !== 'finished' && next.state.kind === 'finished',
  'traces noted': (before, next) =>
    before.state.kind === 'finished' && next.state.kind === 'finished' && before.reports === next.reports,
  'report noted': (before, next) => before.reports !== undefined && reportsOf(before) !== reportsOf(next),
} as const satisfies Record<string, IsStep>;

export type Step = keyof typeof steps;

/** Calls that last, by port and name, and the steps that commits can be. */
export type StepName = string;

export const isStep = (step: StepName): step is Step => step in steps;

/** A commit is identified by its step: the name of the method alone says little. */
const commit = 'triggers.commit';

/** Everything after which, or before which, the service can die so that it matters. */
export const durableSteps: readonly StepName[] = [
  ...Object.entries(ports).flatMap(([port, methods]) =>
    Object.entries(methods)
      .filter(([, effect]) => effect === 'lasts')
      .map(([method]) => `${port}.${method}`)
      .filter((step) => step !== commit),
  ),
  ...Object.keys(steps),
];

/** When to die. */
export interface CrashPoint {
  readonly at: 'before' | 'after';
  readonly step: StepName;
}
