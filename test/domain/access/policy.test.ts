import { describe, expect, test } from 'vitest';
import type { JobClaims } from '../../../src/domain/access/claims.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import type { PolicyRule, Wanted } from '../../../src/domain/access/policy.ts';
import { permitIn, verdictsOn } from '../../../src/domain/access/policy.ts';
import type { ManualRule } from '../../../src/domain/trigger/manual-rules.ts';
import { someClaims } from '../../fakes/claims.ts';
import { narrowRule, policyGitLab } from '../../fakes/policy.ts';

const plain: Wanted = {
  gitlabUrl: policyGitLab,
  project: 'group/deploy',
  ref: 'main',
  retry: false,
  pipelineId: null,
  onManual: 'fail',
  jobs: null,
  variables: {},
  inputs: {},
  triggerToken: false,
  apiToken: false,
  callbackUrl: false,
};

interface Changes {
  readonly from?: Partial<PolicyRule['from']>;
  readonly to?: Partial<PolicyRule['to']>;
  readonly claims?: Partial<JobClaims>;
  readonly wanted?: Partial<Wanted>;
}

/** The members of the one rule that stand against it. */
function objectionsTo({ from = {}, to = {}, claims = {}, wanted = {} }: Changes): readonly string[] {
  const rule: PolicyRule = {
    name: null,
    from: { ...narrowRule.from, ...from },
    to: { ...narrowRule.to, ...to },
  };
  const [verdict] = verdictsOn({ rules: [rule] }, someClaims(claims), { ...plain, ...wanted });
  return verdict?.objections.map(({ member }) => member) ?? ['no verdict'];
}

test('a policy without rules allows nothing', () => {
  const verdicts = verdictsOn({ rules: [] }, someClaims(), plain);
  expect(verdicts).toEqual([]);
  expect(permitIn(verdicts)).toBeUndefined();
});

test('a rule allows what it is about', () => {
  expect(objectionsTo({})).toEqual([]);
});

describe('the job', () => {
  const mergeRequest = { pipelineSource: 'merge_request_event', refProtected: false };
  const fork = { ...mergeRequest, projectId: 77, projectPath: 'group/fork' };

  test.each<[string, Changes, string]>([
    ['of another project', { claims: { projectPath: 'group/other' } }, 'from.project_path'],
    ['of a project within', { claims: { projectPath: 'group/app/sub' } }, 'from.project_path'],
    ['of another id', { from: { projects: ['43'] } }, 'from.project_path'],
    ['on an unprotected ref', { claims: { refProtected: false } }, 'from.ref_protected'],
    ['on a protected ref where the other is wanted', { from: { refProtected: false } }, 'from.ref_protected'],
    ['on another ref', { from: { refs: ['release/*'] } }, 'from.ref'],
    ['without the environment', { from: { environments: ['production'] } }, 'from.environment'],
    ['without an environment where any will do', { from: { environments: ['**'] } }, 'from.environment'],
    [
      'in another environment',
      { from: { environments: ['production'] }, claims: { environment: 'Production' } },
      'from.environment',
    ],
    ['of another source', { from: { pipelineSources: ['schedule'] } }, 'from.pipeline_source'],
    [
      'of a fork, whatever else is allowed',
      { from: { projects: ['**'], refProtected: null }, claims: fork },
      'from.forks',
    ],
    [
      'of a merge request that may be of a fork',
      { from: { refProtected: null }, claims: { ...mergeRequest, jobProject: null } },
      'from.forks',
    ],
  ])('%s may not', (_what, changes, member) => {
    expect(objectionsTo(changes)).toEqual([member]);
  });

  test.each<[string, Changes]>([
    ['by the id of its project', { from: { projects: ['42'] } }],
    ['by a pattern', { from: { projects: ['other', 'group/*'] } }],
    ['on either kind of ref', { from: { refProtected: null }, claims: { refProtected: false } }],
    ['on an unprotected ref', { from: { refProtected: false }, claims: { refProtected: false } }],
    ['on one of the refs', { from: { refs: ['release/*', 'main'] } }],
    [
      'in the environment',
      { from: { environments: ['review/*', 'production'] }, claims: { environment: 'production' } },
    ],
    ['of the source', { from: { pipelineSources: ['push'] } }],
    ['of a merge request of the project', { from: { refProtected: null }, claims: mergeRequest }],
    [
      'of a fork that is named',
      { from: { projects: ['group/*'], refProtected: null, forks: true }, claims: fork },
    ],
  ])('%s may', (_what, changes) => {
    expect(objectionsTo(changes)).toEqual([]);
  });
});

describe('the request', () => {
  test.each<[string, Partial<Wanted>, string]>([
    ['another project', { project: 'group/other' }, 'to.project'],
    ['the project by an id that the rule does not name', { project: '7' }, 'to.project'],
    ['another ref', { ref: 'main2' }, 'to.ref'],
    ['the ref by another name', { ref: 'refs/heads/main' }, 'to.ref'],
    ['another GitLab', { gitlabUrl: 'https://other.example.com' }, 'to.gitlabUrl'],
    ['a variable', { variables: { DEBUG: '' } }, 'to.variables'],
    ['an input', { inputs: { debug: null } }, 'to.inputs'],
    ['to pass over manual jobs', { onManual: 'pass' }, 'to.onManual'],
    ['to play manual jobs', { onManual: 'play' }, 'to.onManual'],
    ['to name jobs', { jobs: ['rollback'] }, 'to.jobs'],
    ['to retry', { retry: true }, 'to.retry'],
    ['to retry a pipeline', { pipelineId: 7 as PipelineId }, 'to.retry'],
    ['its own trigger token', { triggerToken: true }, 'to.triggerToken'],
    ['its own API token', { apiToken: true }, 'to.apiToken'],
    ['to be called back', { callbackUrl: true }, 'to.callbackUrl'],
  ])('for %s is denied unless the rule says so', (_what, wanted, member) => {
    expect(objectionsTo({ wanted })).toEqual([member]);
  });

  test.each<[string, Changes]>([
    ['project by its id', { to: { projects: ['7'] }, wanted: { project: '7' } }],
    ['ref by a pattern', { to: { refs: ['release/**'] }, wanted: { ref: 'release/1/2' } }],
    ['other GitLab', { to: { gitlabUrl: 'https://o.test' }, wanted: { gitlabUrl: 'https://o.test' } }],
    [
      'variable of any value',
      { to: { variables: [['V*', ['**']]] }, wanted: { variables: { VERSION: 'a/b\n' } } },
    ],
    [
      'variable of this value',
      { to: { variables: [['E', ['staging', 'review/*']]] }, wanted: { variables: { E: 'review/x' } } },
    ],
    [
      'variable by any of its rows',
      {
        to: {
          variables: [
            ['*', ['a']],
            ['E', ['b']],
          ],
        },
        wanted: { variables: { E: 'b' } },
      },
    ],
    ['input that is no text', { to: { inputs: [['n', ['3']]] }, wanted: { inputs: { n: 3 } } }],
    ['way with manual jobs', { to: { onManual: ['fail', 'play'] }, wanted: { onManual: 'play' } }],
    ['job', { to: { jobs: ['deploy*'] }, wanted: { jobs: ['deploy', 'deploy2'] } }],
    ['retry', { to: { retry: true }, wanted: { retry: true, pipelineId: 7 as PipelineId } }],
    ['gate', { to: { gate: ['wait-*'] }, wanted: { report: { gate: 'wait-for-app', commitStatus: null } } }],
    ['status', { to: { commitStatus: ['down'] }, wanted: { report: { gate: null, commitStatus: 'down' } } }],
    ['trigger token', { to: { triggerToken: true }, wanted: { triggerToken: true } }],
    ['API token', { to: { apiToken: true }, wanted: { apiToken: true } }],
    ['callback', { to: { callbackUrl: true }, wanted: { callbackUrl: true } }],
  ])('for the %s of the rule is allowed', (_what, changes) => {
    expect(objectionsTo(changes)).toEqual([]);
  });

  test.each<[string, Changes]>([
    [
      'one variable of two',
      { to: { variables: [['A', ['**']]] }, wanted: { variables: { A: '1', B: '2' } } },
    ],
    ['another value', { to: { variables: [['A', ['x']]] }, wanted: { variables: { A: 'y' } } }],
    ['a longer value', { to: { variables: [['A', ['x']]] }, wanted: { variables: { A: 'x\n' } } }],
    ['a name that only begins so', { to: { variables: [['A', ['**']]] }, wanted: { variables: { AB: '' } } }],
    ['a name in small letters', { to: { variables: [['A', ['**']]] }, wanted: { variables: { a: '' } } }],
  ])('with %s is denied', (_what, changes) => {
    expect(objectionsTo(changes)).toEqual(['to.variables']);
  });

  test('values are not named: they may be secret', () => {
    const rule = { ...narrowRule, to: { ...narrowRule.to, variables: [['A', ['x']]] as const } };
    const [verdict] = verdictsOn({ rules: [rule] }, someClaims(), { ...plain, variables: { A: 'canary' } });
    expect(JSON.stringify(verdict)).not.toContain('canary');
    expect(verdict?.objections).toEqual([
      { member: 'to.variables', found: 'A with this value', allowed: 'x' },
    ]);
  });
});

test('one rule must allow all of it: two halves do not make a whole', () => {
  const rules: PolicyRule[] = [
    { ...narrowRule, to: { ...narrowRule.to, refs: ['other'] } },
    { ...narrowRule, from: { ...narrowRule.from, projects: ['group/other'] } },
  ];
  const verdicts = verdictsOn({ rules }, someClaims(), plain);
  expect(permitIn(verdicts)).toBeUndefined();
  expect(verdicts.map(({ isAboutCaller }) => isAboutCaller)).toEqual([true, false]);
});

test('the first rule that allows it is the one', () => {
  const rules: PolicyRule[] = [
    { ...narrowRule, to: { ...narrowRule.to, refs: ['other'] } },
    { ...narrowRule, name: 'second' },
    { ...narrowRule, name: 'third' },
  ];
  expect(permitIn(verdictsOn({ rules }, someClaims(), plain))).toMatchObject({ number: 2, name: 'second' });
});

describe('rules for manual jobs', () => {
  const plays = { onManual: ['play'], jobs: ['deploy', 'smoke-*'] } as const;

  test.each<[string, Partial<PolicyRule['to']>, readonly ManualRule[], readonly string[]]>([
    ['that wait or fail need no leave', { onManual: ['pass'] }, [{ action: 'wait' }, { action: 'fail' }], []],
    ['that play need it', {}, [{ action: 'play' }], ['to.onManual']],
    ['that pass need it', { onManual: ['fail', 'play'] }, [{ action: 'pass' }], ['to.onManual']],
    ['that play and pass need both', plays, [{ action: 'play' }, { action: 'pass' }], ['to.onManual']],
    ['that play whatever blocks need no name', { onManual: ['play'] }, [{ job: '*', action: 'play' }], []],
    ['that play a stage need no name', { onManual: ['play'] }, [{ stage: 'prod', action: 'play' }], []],
    ['that play a job need its name', plays, [{ job: 'deploy', action: 'play' }], []],
    ['that play a job of a pattern', plays, [{ job: 'smoke-eu', action: 'play' }], []],
    ['that play a pattern', plays, [{ job: 'smoke-*', action: 'play' }], []],
    ['that play a wider pattern', plays, [{ job: 'smoke*', action: 'play' }], ['to.jobs']],
    ['that play another job', plays, [{ job: 'rollback', action: 'play' }], ['to.jobs']],
    [
      'whose last one plays another job',
      plays,
      [
        { job: 'deploy', action: 'play' },
        { job: 'x', action: 'play' },
      ],
      ['to.jobs'],
    ],
    ['that wait for another job', plays, [{ job: 'rollback', action: 'wait' }], []],
    [
      'that ask for an approval need leave to play',
      { onManual: ['pass'] },
      [{ action: 'approve' }],
      ['to.onManual'],
    ],
    ['that ask for an approval of another job', plays, [{ job: 'rollback', action: 'approve' }], ['to.jobs']],
    [
      'that play by their timeout',
      plays,
      [{ job: 'rollback', action: 'wait', timeoutSeconds: 9, onTimeout: 'play' }],
      ['to.jobs'],
    ],
    [
      'that pass by their timeout',
      plays,
      [{ job: 'deploy', action: 'wait', timeoutSeconds: 9, onTimeout: 'pass' }],
      ['to.onManual'],
    ],
    [
      'that cancel by their timeout need no leave',
      { onManual: ['pass'] },
      [{ action: 'wait', timeoutSeconds: 9, onTimeout: 'cancel' }],
      [],
    ],
    ['that play early', plays, [{ job: 'rollback', action: 'play', when: 'playable' }], ['to.jobs']],
  ])('%s', (_what, to, manual, members) => {
    expect(objectionsTo({ to, wanted: { manual } })).toEqual(members);
  });

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['an allowed one', { VERSION: '1.2' }, []],
    ['another one', { OTHER: '1.2' }, ['to.variables']],
  ])('that send variables need leave for them: %s', (_what, variables, members) => {
    const to = { ...plays, variables: [['VERSION', ['**']]] } as const;
    const manual = [{ job: 'deploy', action: 'play', sends: Object.keys(variables) }] as const;
    expect(objectionsTo({ to, wanted: { manual, manualVariables: [{}, variables] } })).toEqual(members);
  });
});

test.each([
  ['to.gate', { gate: 'deploy', commitStatus: null }],
  ['to.commitStatus', { gate: null, commitStatus: 'other' }],
] as const)('a report is measured by %s', (member, report) => {
  const to = { gate: ['wait-*'], commitStatus: ['downstream/*'] };
  expect(objectionsTo({ to, wanted: { report } })).toEqual([member]);
  expect(objectionsTo({ wanted: { report } })).toEqual([]);
});
