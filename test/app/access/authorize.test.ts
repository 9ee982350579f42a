import { describe, expect, test } from 'vitest';
import type { Authorizer } from '../../../src/app/access/authorize.ts';
import { createAuthorizer } from '../../../src/app/access/authorize.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { jobCaller } from '../../../src/domain/access/caller.ts';
import { readPolicy } from '../../../src/config/policy-file.ts';
import { someClaims } from '../../fakes/claims.ts';
import { aTrigger } from '../../fakes/triggers.ts';

const job = jobCaller(someClaims());
const key: Caller = { id: 'ci', role: 'trigger', projects: ['group/*'] };
const { request } = aTrigger({ project: 'group/deploy', ref: 'main' });
const secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };
const asked = { request, secrets, callbackUrl: null };

function authorizer(yaml = 'rules: []'): Authorizer & { readonly lines: readonly object[] } {
  const lines: object[] = [];
  const log = { info: (fields: object) => void lines.push(fields) };
  return { ...createAuthorizer({ policy: readPolicy(yaml, request.gitlabUrl), log }), lines };
}

const rule = (ref: string, more = ''): string =>
  `  - {from: {project_path: group/app}, to: {project: group/deploy, ref: ${ref}${more}}}\n`;

describe('the owner of a key', () => {
  test('is kept to projects, not to the policy', () => {
    const { start, steer } = authorizer();
    expect(start(key, asked)).toEqual({ ...request, playsIn: key.projects });
    expect(start({ ...key, projects: null }, asked)).toBe(request);
    const elsewhere = { ...asked, request: { ...request, project: 'other/app' } };
    expect(() => start(key, elsewhere)).toThrow('this key may not start pipelines there');
    expect(() => steer(key, aTrigger({}), 'retry')).not.toThrow();
  });
});

describe('a CI job', () => {
  test('is kept to the policy, whatever keys may do', () => {
    expect(() => authorizer().start(job, asked)).toThrow('the policy has no rule for jobs of group/app');
    const { upstream } = authorizer(`rules:\n${rule('main')}`).start(job, asked);
    expect(upstream).toEqual({ project: 'group/app', pipelineId: 101, jobId: 5001 });
  });

  test('brings nothing of its own that the policy does not name', () => {
    const { start } = authorizer(`rules:\n${rule('main')}`);
    for (const brought of [
      { ...asked, callbackUrl: 'https://callback.test' },
      { ...asked, secrets: { ...secrets, apiToken: 'x' } },
      { ...asked, secrets: { ...secrets, triggerToken: 'x' } },
      { ...asked, request: { ...request, gitlabUrl: 'https://other.example.com' } },
    ])
      expect(() => start(job, brought)).toThrow('rule 1 does not allow to.');
  });

  test('has its rules for manual jobs measured, at the start and when it retries, not when it plays', () => {
    const manual = [{ job: 'deploy', action: 'play' }] as const;
    const ruled = { ...asked, request: { ...request, manual } };
    expect(() => authorizer(`rules:\n${rule('main')}`).start(job, ruled)).toThrow('to.onManual: play');
    const more = authorizer(`rules:\n${rule('main', ', onManual: play, jobs: rollback, retry: true')}`);
    expect(() => more.start(job, ruled)).toThrow('to.jobs: deploy');
    const trigger = aTrigger({ project: 'group/deploy', ref: 'main', manual });
    expect(() => more.steer(job, trigger, 'retry')).toThrow('to.jobs: deploy');
    expect(() => more.steer(job, trigger, { play: ['rollback'] })).not.toThrow();
    expect(() => more.steer(job, trigger, { play: ['deploy'] })).toThrow('to.jobs: deploy');
  });

  test('plays and retries what it may play and retry', () => {
    const trigger = aTrigger({ project: 'group/deploy', ref: 'main' });
    const plain = authorizer(`rules:\n${rule('main')}`);
    expect(() => plain.steer(job, trigger, 'retry')).toThrow('to.retry');
    expect(() => plain.steer(job, trigger, { play: null })).toThrow('to.onManual: play');
    const more = authorizer(`rules:\n${rule('main', ', onManual: [fail, play], jobs: deploy, retry: true')}`);
    for (const how of ['retry', { play: null }, { play: ['deploy'] }] as const)
      expect(() => more.steer(job, trigger, how)).not.toThrow();
    expect(() => more.steer(job, trigger, { play: ['rollback'] })).toThrow('to.jobs: rollback');
  });

  test('is shown the closest rules in the refusal, and the log names the job for the operator', () => {
    const yaml = `rules:\n${rule('a')}${rule('b')}${rule('c')}${rule('d, onManual: play')}${rule('e')}`;
    const { start, lines } = authorizer(yaml);
    const reason =
      'the policy does not allow this to jobs of group/app: rule 1 does not allow to.ref: main; ' +
      'rule 2 does not allow to.ref: main; rule 3 does not allow to.ref: main';
    expect(() => start(job, asked)).toThrow(reason);
    expect(lines).toEqual([{ caller: 'project:42:protected', jobId: 5001, reason }]);
  });
});
