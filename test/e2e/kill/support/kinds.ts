import type { Outcome } from '../../../../src/domain/trigger/trigger.ts';
import type { ScenarioInput } from '../../../../simulator/scenario.ts';
import { scenario as usual, triggerToken } from '../../../support/scenario.ts';
import type { Caller } from './persistent-caller.ts';

/** A kind of trigger, and how it ends. */
export interface Kind {
  readonly request: { readonly project: string; readonly onManual?: string };
  readonly outcome: Outcome;
  /** GitLab's word for its pipeline in the end. */
  readonly status: string;
  /** What its caller does besides waiting. */
  readonly drive?: (id: string, caller: Caller) => Promise<unknown>;
}

export const kinds: readonly Kind[] = [
  { request: { project: 'group/green' }, outcome: 'success', status: 'success' },
  { request: { project: 'group/failing' }, outcome: 'failed', status: 'failed' },
  { request: { project: 'group/stopped' }, outcome: 'canceled', status: 'canceled' },
  { request: { project: 'group/skipped' }, outcome: 'skipped', status: 'skipped' },
  { request: { project: 'group/manual', onManual: 'play' }, outcome: 'success', status: 'success' },
  { request: { project: 'group/manual', onManual: 'pass' }, outcome: 'manual_passed', status: 'manual' },
  { request: { project: 'group/manual' }, outcome: 'manual', status: 'manual' },
  {
    request: { project: 'group/app' },
    async drive(id, { watch, steer }) {
      await watch(id, ({ pipelineId }) => pipelineId !== null);
      await steer(id, 'cancel');
    },
    outcome: 'canceled',
    status: 'canceled',
  },
  {
    request: { project: 'group/flaky' },
    async drive(id, { wait, steer }) {
      await wait(id);
      await steer(id, 'retry');
    },
    outcome: 'success',
    status: 'success',
  },
];

/** The usual projects, slow enough for a service to die while their pipelines run. */
export const scenario: ScenarioInput = {
  ...usual,
  defaultJob: { queueMs: 20, durationMs: 120 },
  projects: [
    ...usual.projects,
    {
      id: usual.projects.length + 1,
      path: 'group/stopped',
      triggerTokens: [triggerToken],
      ci: { build: { script: 'make' } },
      jobs: { build: { result: 'canceled' } },
    },
  ],
};
