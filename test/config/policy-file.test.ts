import { expect, test } from 'vitest';
import { readPolicy, WrongPolicy } from '../../src/config/policy-file.ts';
import { narrowRule, policyGitLab } from '../fakes/policy.ts';

const read = (yaml: string) => readPolicy(yaml, policyGitLab);

test('what a rule leaves out is denied, or does not matter', () => {
  const yaml = 'rules: [{from: {project_path: group/app}, to: {project: group/deploy, ref: main}}]';
  expect(read(yaml)).toEqual({ rules: [narrowRule] });
});

test('every member is read', () => {
  const yaml = `
rules:
  - name: all of it
    from:
      project_path: [group/app, 42]
      ref: [main, release/*]
      ref_protected: any
      environment: production
      pipeline_source: [push, schedule]
      forks: true
    to:
      gitlabUrl: https://other.example.com/
      project: 7
      ref: [main]
      variables: {VERSION: '**', TARGET: [staging, production]}
      inputs: [env]
      onManual: [play, pass]
      jobs: deploy
      retry: true
      gate: wait-*
      commitStatus: [downstream]
      triggerToken: true
      apiToken: true
      callbackUrl: true
`;
  expect(read(yaml).rules).toEqual([
    {
      name: 'all of it',
      from: {
        projects: ['group/app', '42'],
        refs: ['main', 'release/*'],
        refProtected: null,
        environments: ['production'],
        pipelineSources: ['push', 'schedule'],
        forks: true,
      },
      to: {
        gitlabUrl: 'https://other.example.com',
        projects: ['7'],
        refs: ['main'],
        variables: [
          ['VERSION', ['**']],
          ['TARGET', ['staging', 'production']],
        ],
        inputs: [['env', ['**']]],
        onManual: ['play', 'pass'],
        jobs: ['deploy'],
        retry: true,
        gate: ['wait-*'],
        commitStatus: ['downstream'],
        triggerToken: true,
        apiToken: true,
        callbackUrl: true,
      },
    },
  ]);
});

const rule = (from: string, to: string): string =>
  `rules: [{from: {project_path: a/b${from}}, to: {project: c/d, ref: m${to}}}]`;

test.each([
  ['', 'expected object, received null'],
  ['rules:', 'rules: '],
  ['{}', 'rules: '],
  ['rules: []\nrule: []', 'Unrecognized key: "rule"'],
  ['rules: [{}]', 'rule 1: from: '],
  ['rules: [{from: {project_path: a/b}, to: {project: c/d}}]', 'rule 1: to.ref: '],
  [rule(', projects: x', ''), 'rule 1: from: Unrecognized key: "projects"'],
  [rule('', ', variable: x'), 'rule 1: to: Unrecognized key: "variable"'],
  [rule(', ref_protected: yes', ''), 'rule 1: from.ref_protected: expected true, false or any'],
  [rule('', ', onManual: [fail, ignore]'), 'rule 1: to.onManual'],
  [rule('', ', variables: {A: 1}'), 'rule 1: to.variables: expected a list of names, or names each with'],
  [rule(', ref: 1.0', ''), 'rule 1: from.ref: expected a text or a list of texts; put numbers in quotes'],
  [rule(', ref: []', ''), 'rule 1: from.ref: '],
  [rule('', ', gitlabUrl: gitlab'), 'rule 1: to.gitlabUrl: expected an http or https URL'],
  ['rules: [', 'expected YAML: '],
  ['rules: []\nrules: []', 'expected YAML: Map keys must be unique'],
  ['a: &a [x]\nrules: *b', 'expected YAML: '],
])('%j is refused in one line', (yaml, expected) => {
  const reading = (): unknown => read(yaml);
  expect(reading).toThrow(WrongPolicy);
  expect(reading).toThrow(expected);
  expect(reading).not.toThrow('\n');
});
