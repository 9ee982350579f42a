import type { PolicyRule } from '../../src/domain/access/policy.ts';

export const policyGitLab = 'https://gitlab.example.com';

/** The narrowest rule that one can write: group/app may start group/deploy on main, from a protected ref, with nothing else. */
export const narrowRule: PolicyRule = {
  name: null,
  from: {
    projects: ['group/app'],
    refs: null,
    refProtected: true,
    environments: null,
    pipelineSources: null,
    forks: false,
  },
  to: {
    gitlabUrl: policyGitLab,
    projects: ['group/deploy'],
    refs: ['main'],
    variables: [],
    inputs: [],
    onManual: ['fail'],
    jobs: [],
    retry: false,
    gate: ['**'],
    commitStatus: ['**'],
    triggerToken: false,
    apiToken: false,
    callbackUrl: false,
  },
};
