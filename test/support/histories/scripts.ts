import type { JobEvent } from '../../../simulator/engine/apply-event.ts';
import type { History } from './history.ts';

/** One thing that happens: to jobs (of the child pipeline, if so), or done by the trigger. */
export type Step =
  | { readonly event: JobEvent; readonly jobs: readonly string[]; readonly child?: true }
  | { readonly we: 'play'; readonly job: string }
  | { readonly we: 'retry' };

/** How a history comes about: the pipeline, and what happens to it. */
export interface Script {
  readonly name: string;
  readonly ci: Readonly<Record<string, unknown>>;
  readonly includes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly request?: Partial<History['request']>;
  readonly steps: readonly Step[];
}

const on = (event: JobEvent, ...jobs: readonly string[]): Step => ({ event, jobs });
const child = (event: JobEvent, ...jobs: readonly string[]): Step => ({ event, jobs, child: true });
const play = (job: string): Step => ({ we: 'play', job });

const build = { stage: 'build', script: 'make' };
const unit = { stage: 'test', script: 'make test' };
const manual = { stage: 'deploy', script: 'make deploy', when: 'manual', allow_failure: false };
const optional = { stage: 'deploy', script: 'make undo', when: 'manual' };
const stages = ['build', 'test', 'deploy', 'verify'];

const run = (job: string): readonly Step[] => [on('run', job), on('success', job)];
const fail = (job: string): readonly Step[] => [on('run', job), on('drop', job)];

/** One for each way that a pipeline can go. */
export const scripts: readonly Script[] = [
  { name: 'success', ci: { stages, build, unit }, steps: [...run('build'), ...run('unit')] },
  {
    name: 'failed',
    ci: { stages, build, unit, lint: { ...unit, script: 'lint' } },
    steps: [...run('build'), on('run', 'unit', 'lint'), on('drop', 'unit'), on('success', 'lint')],
  },
  {
    name: 'canceled',
    ci: { stages, build, unit },
    steps: [...run('build'), on('run', 'unit'), on('cancel')],
  },
  { name: 'skipped', ci: { stages, rollback: optional }, steps: [] },
  {
    name: 'allow-failure',
    ci: { stages, build, unit, lint: { ...unit, allow_failure: true } },
    steps: [...run('build'), on('run', 'unit', 'lint'), on('drop', 'lint'), on('success', 'unit')],
  },
  {
    name: 'delayed',
    ci: { stages, build, rollout: { ...unit, when: 'delayed', start_in: '10 minutes' } },
    steps: [...run('build'), on('enqueue', 'rollout'), ...run('rollout')],
  },
  {
    name: 'retried-job',
    ci: { stages, build, unit: { ...unit, retry: 2 } },
    steps: [...run('build'), ...fail('unit'), ...fail('unit'), ...run('unit')],
  },
  {
    name: 'retried-by-a-person',
    ci: { stages, build, unit },
    steps: [...run('build'), ...fail('unit'), on('retry'), ...run('unit')],
  },
  {
    name: 'retried-pipeline',
    ci: { stages, build, unit },
    request: { retry: true },
    steps: [...run('build'), ...fail('unit'), { we: 'retry' }, ...run('unit')],
  },
  {
    name: 'retried-pipeline-fails-again',
    ci: { stages, build, unit },
    request: { retry: true },
    steps: [...run('build'), ...fail('unit'), { we: 'retry' }, ...fail('unit')],
  },
  {
    name: 'manual',
    ci: { stages, build, deploy: manual, rollback: optional },
    request: { onManual: 'play' },
    steps: [...run('build'), play('deploy'), ...run('deploy')],
  },
  {
    name: 'manual-then-manual',
    ci: { stages, build, approve: manual, deploy: manual, verify: { ...manual, stage: 'verify' } },
    request: { onManual: 'play' },
    steps: [
      ...run('build'),
      play('approve'),
      play('deploy'),
      ...run('approve'),
      ...run('deploy'),
      play('verify'),
      ...run('verify'),
    ],
  },
  {
    name: 'manual-fails',
    ci: { stages, build, deploy: manual, verify: { ...manual, stage: 'verify' } },
    request: { onManual: 'play' },
    steps: [...run('build'), play('deploy'), ...fail('deploy')],
  },
  {
    name: 'manual-of-a-person',
    ci: { stages, build, deploy: manual },
    request: { onManual: 'play' },
    steps: [...run('build'), on('play', 'deploy'), ...run('deploy')],
  },
  {
    name: 'manual-beside-a-failure',
    ci: { stages, build, unit, approve: { ...manual, stage: 'test' } },
    request: { onManual: 'play' },
    steps: [...run('build'), ...fail('unit')],
  },
  {
    name: 'manual-after-a-failure',
    ci: { stages, build, unit, approve: { ...manual, stage: 'test' } },
    steps: [...run('build'), ...fail('unit')],
  },
  {
    name: 'manual-optional',
    ci: { stages, build, announce: optional, rollback: optional, unit: { ...unit, stage: 'verify' } },
    request: { onManual: 'play', jobs: ['announce'] },
    steps: [...run('build'), ...run('unit'), play('announce'), ...run('announce')],
  },
  {
    name: 'child-pipeline',
    ci: {
      stages,
      build,
      children: { stage: 'test', trigger: { include: 'child.yml', strategy: 'depend' } },
      notify: { stage: 'verify', script: 'notify' },
    },
    includes: { 'child.yml': { 'child-test': { script: 'make test' } } },
    steps: [...run('build'), child('run', 'child-test'), child('success', 'child-test'), ...run('notify')],
  },
  {
    name: 'child-pipeline-fails',
    ci: { stages, build, children: { stage: 'test', trigger: { include: 'child.yml', strategy: 'depend' } } },
    includes: { 'child.yml': { 'child-test': { script: 'make test' } } },
    steps: [...run('build'), child('run', 'child-test'), child('drop', 'child-test')],
  },
];
