import { expect } from 'vitest';
import type { Outcome } from '../../../../src/domain/trigger/trigger.ts';
import type { ApiFault } from '../../../../simulator/faults/fault-plan.ts';
import { eventually } from '../../../support/eventually.ts';
import { apiToken } from '../../../support/scenario.ts';
import type { Installation } from '../../../support/service-process.ts';
import type { Caller } from './persistent-caller.ts';
import type { StepName } from './ports.ts';

/** A trigger's way from its request to its end, in which the service may die. */
export interface Story {
  /** What is done on the way that this story is for. */
  readonly durableSteps: readonly StepName[];
  readonly request: Readonly<Record<string, unknown>>;
  /** What lies before the request: more to ask for, or the pipeline that is to be retried. */
  readonly prepare?: (installation: Installation) => Promise<{
    readonly pipelineId?: number;
    readonly upstream?: { readonly project: string; readonly pipelineId: number };
  }>;
  /** What GitLab does to the one request that makes the pipeline. */
  readonly fault?: ApiFault;
  /** What happens between the request and the wait for the verdict. */
  readonly drive?: (id: string, caller: Caller, installation: Installation) => Promise<unknown>;
  readonly outcome: Outcome;
  /** GitLab's word for the pipeline in the end. */
  readonly status: string;
  /** The one commit status that the upstream pipeline has in the end. */
  readonly reported?: string;
  /** The jobs that run more than once. */
  readonly runsAgain?: readonly string[];
}

const hasPipeline = ({ pipelineId }: { readonly pipelineId: number | null }): boolean => pipelineId !== null;

async function makeFailedPipeline({ simulator }: Installation): Promise<{ pipelineId: number }> {
  const response = await fetch(`${simulator.url}/api/v4/projects/group%2Fflaky/pipeline`, {
    method: 'POST',
    headers: { 'private-token': apiToken, 'content-type': 'application/json' },
    body: JSON.stringify({ ref: 'main' }),
  });
  const { id } = (await response.json()) as { id: number };
  await eventually(() => expect(simulator.pipeline(id).status).toBe('failed'));
  return { pipelineId: id };
}

/** A pipeline that holds still, for a status of its own. */
async function startUpstream({ simulator }: Installation) {
  const response = await fetch(`${simulator.url}/api/v4/projects/group%2Fapp/pipeline`, {
    method: 'POST',
    headers: { 'private-token': apiToken, 'content-type': 'application/json' },
    body: JSON.stringify({ ref: 'main' }),
  });
  const { id } = (await response.json()) as { id: number };
  return { upstream: { project: 'group/app', pipelineId: id } };
}

const create = { match: { method: 'POST', path: '/pipeline' }, times: 1 } as const;

export const scenarios: Readonly<Record<string, Story>> = {
  'a pipeline that succeeds': {
    durableSteps: [
      'triggers.create',
      'start tried',
      'gitlab.createPipeline',
      'started',
      'inbox.add',
      'finished',
    ],
    request: { project: 'group/green' },
    outcome: 'success',
    status: 'success',
  },
  'a pipeline that takes its time': {
    durableSteps: ['news noted'],
    request: { project: 'group/app' },
    async drive(id, { watch }, { simulator }) {
      const { pipelineId } = await watch(id, hasPipeline);
      simulator.apply(pipelineId ?? 0, 'run', ['build']);
      await watch(id, ({ pipelineStatus }) => pipelineStatus === 'running');
      simulator.apply(pipelineId ?? 0, 'success', ['build']);
      for (const event of ['run', 'success'] as const) simulator.apply(pipelineId ?? 0, event, ['unit']);
    },
    outcome: 'success',
    status: 'success',
  },
  'a pipeline that fails before anybody waits for it': {
    durableSteps: ['traces noted'],
    request: { project: 'group/failing' },
    drive: (id, { watch }) => watch(id, ({ state }) => state === 'finished'),
    outcome: 'failed',
    status: 'failed',
  },
  'a manual job to play': {
    durableSteps: ['play intended', 'triggers.claimPlay', 'gitlab.playJob', 'play settled'],
    request: { project: 'group/manual', onManual: 'play' },
    outcome: 'success',
    status: 'success',
  },
  'a pipeline to retry': {
    durableSteps: ['candidate noted', 'retry wanted', 'gitlab.retryPipeline', 'retry done'],
    request: { project: 'group/flaky' },
    prepare: makeFailedPipeline,
    outcome: 'success',
    status: 'success',
    runsAgain: ['unit'],
  },
  'a job that the infrastructure broke': {
    durableSteps: ['job retry intended', 'triggers.claimRetries', 'gitlab.retryJob', 'job retry settled'],
    request: { project: 'group/broken-runner', autoRetry: { max: 1, reasons: ['infrastructure'] } },
    outcome: 'success',
    status: 'success',
    runsAgain: ['unit'],
  },
  'a pipeline whose outputs are wanted': {
    durableSteps: ['end held'],
    request: { project: 'group/green', outputs: ['build'] },
    outcome: 'success',
    status: 'success',
  },
  'a cancellation': {
    durableSteps: ['cancel wanted', 'gitlab.cancelPipeline', 'cancel done'],
    request: { project: 'group/app' },
    async drive(id, { watch, steer }) {
      await watch(id, hasPipeline);
      await steer(id, 'cancel');
    },
    outcome: 'canceled',
    status: 'canceled',
  },
  'a request that does not reach GitLab at first': {
    durableSteps: ['start in trouble', 'start clear again'],
    request: { project: 'group/green' },
    fault: { ...create, kind: 'resetBefore' },
    outcome: 'success',
    status: 'success',
  },
  'an answer that gets lost': {
    durableSteps: ['start in trouble'],
    request: { project: 'group/green' },
    fault: { ...create, kind: 'resetAfter' },
    outcome: 'success',
    status: 'success',
  },
  'a commit status of the upstream pipeline': {
    durableSteps: ['report noted', 'gitlab.postCommitStatus'],
    request: { project: 'group/green', report: { commitStatus: 'downstream' } },
    prepare: startUpstream,
    outcome: 'success',
    status: 'success',
    reported: 'success',
  },
  'a deadline that cancels': {
    durableSteps: ['finished', 'gitlab.cancelPipeline', 'cancel done'],
    // Ten seconds, as time passes here.
    request: { project: 'group/app', deadlineSeconds: 600, cancelOnDeadline: true },
    outcome: 'deadline',
    status: 'canceled',
  },
};
