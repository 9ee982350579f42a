import { describe, expect, test } from 'vitest';
import type { JobEnvironment } from '../../../src/domain/trigger/job.ts';
import type { ManualRequest } from '../../../src/domain/trigger/manual-rules.ts';
import { guardObjection } from '../../../src/domain/trigger/production-guard.ts';
import { aJob, aRequest } from '../../fakes/triggers.ts';

const production: JobEnvironment = { name: 'live', tier: 'production' };
const staging: JobEnvironment = { name: 'stage-1', tier: 'staging' };

const isGuarded = (request: ManualRequest, environment: JobEnvironment | null | undefined): boolean => {
  const job = {
    ...aJob('deploy', 'manual', { stage: 'prod' }),
    ...(environment === undefined ? {} : { environment }),
  };
  return guardObjection(request, job) !== null;
};
const by = (...manual: NonNullable<ManualRequest['manual']>) => aRequest({ manual });

describe('the guard keeps from a play by * alone', () => {
  test.each<[string, JobEnvironment | null | undefined, boolean]>([
    ['production', production, true],
    ['staging', staging, false],
    ['no environment', null, false],
    ['an environment that no webhook has shown', undefined, true],
    ['an environment without a tier', { name: 'live', tier: null }, true],
    ['a tier that GitLab may add', { name: 'live', tier: 'canary' }, false],
  ])('a job of %s: %s', (_what, environment, expected) => {
    for (const request of [
      by({ job: '*', action: 'play' }),
      by({ action: 'play' }),
      aRequest({ onManual: 'play' }),
    ])
      expect(isGuarded(request, environment)).toBe(expected);
  });
});

describe('a rule names a job of production', () => {
  test.each<[string, ManualRequest, boolean]>([
    ['by its exact name', by({ job: 'deploy', action: 'play' }), true],
    ['by its name in jobs', aRequest({ onManual: 'play', jobs: ['deploy'] }), true],
    ['by its environment', by({ environment: 'live', action: 'play' }), true],
    ['by a pattern of its environment', by({ environment: 'li*', action: 'play' }), true],
    ['by its tier', by({ tier: 'production', action: 'play' }), true],
    ['by a pattern of its name: no', by({ job: 'dep*', action: 'play' }), false],
    ['by its stage: no', by({ stage: 'prod', action: 'play' }), false],
    ['by any environment: no', by({ environment: '*', action: 'play' }), false],
    ['by any tier: no', by({ tier: '**', action: 'play' }), false],
    [
      'in a later rule than the one that decides: no',
      by({ job: '*', action: 'play' }, { job: 'deploy', action: 'play' }),
      false,
    ],
  ])('%s', (_what, request, isNamed) => {
    expect(isGuarded(request, production)).toBe(!isNamed);
  });
});
