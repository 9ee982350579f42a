import { describe, expect, test } from 'vitest';
import type { RequestDefaults } from '../../src/api/trigger-request.ts';
import { readTriggerRequest } from '../../src/api/trigger-request.ts';

const defaults: RequestDefaults = {
  deadlineSeconds: 60,
  gitlabUrl: 'https://gitlab.test',
  allowedGitlabUrls: ['https://other.test/gitlab'],
};
const least = { project: 'group/app', ref: 'main' };

const read = (request: object, more: Partial<RequestDefaults> = {}) =>
  readTriggerRequest(request, { ...defaults, ...more });

describe('a request', () => {
  test('needs a project and a ref; the rest has defaults', () => {
    expect(read(least)).toMatchObject({
      request: {
        project: 'group/app',
        ref: 'main',
        retry: false,
        pipelineId: null,
        onManual: 'fail',
        jobs: null,
        deadlineSeconds: 60,
        cancelOnDeadline: false,
        gitlabUrl: 'https://gitlab.test',
        upstream: null,
        cancelWithUpstream: false,
      },
      secrets: { variables: {}, inputs: {}, triggerToken: null, apiToken: null },
    });
  });

  test('may say all that the contract knows', () => {
    const all = {
      project: 7,
      ref: 'feature/slash',
      retry: true,
      pipelineId: 123,
      onManual: 'play',
      jobs: ['deploy'],
      deadlineSeconds: 3600,
      cancelOnDeadline: true,
      cancelWithUpstream: true,
    };
    const secrets = { variables: { K: 'V' }, inputs: { env: 'prod' }, triggerToken: 't', apiToken: 'a' };
    const upstream = { project: 'group/parent', pipelineId: 99, jobId: 7 };
    const gitlabUrl = 'https://other.test/gitlab/';
    expect(read({ ...all, ...secrets, upstream, gitlabUrl })).toMatchObject({
      request: { ...all, project: '7', upstream, gitlabUrl: 'https://other.test/gitlab' },
      secrets,
    });
  });

  test.each([0, -1, 1.5, true, null, {}, undefined])(
    'is none with %j as its project, and says so',
    (project) => {
      expect(() => read({ ...least, project })).toThrow(
        'project: expected the number of a project, or its path',
      );
    },
  );

  test('is none with half a surrogate pair as its ref, or in the value of a variable', () => {
    expect(() => read({ ...least, ref: 'half \ud800 a pair' })).toThrow('ref: expected Unicode text');
    expect(() => read({ ...least, variables: { A: 'half \ud800 a pair' } })).toThrow('expected Unicode text');
    const ref = 'a whole \u{1f600}';
    expect(read({ ...least, ref }).request).toMatchObject({ ref });
  });

  test('is none with a ref of more than 255 characters, and says so', () => {
    const longest = 'r'.repeat(255);
    expect(read({ ...least, ref: longest }).request.ref).toBe(longest);
    expect(() => read({ ...least, ref: `${longest}r` })).toThrow('ref: expected at most 255 characters');
  });

  test('does not keep its secrets among what is not secret', () => {
    const secrets = {
      variables: { K: 'canary' },
      inputs: { env: 'canary' },
      triggerToken: 'canary',
      apiToken: 'canary',
    };
    const { request, digest } = read({ ...least, ...secrets });
    expect(JSON.stringify([request, digest])).not.toContain('canary');
  });
});

describe('the digest of a request', () => {
  const digestOf = (request: object, more: Partial<RequestDefaults> = {}) => read(request, more).digest;

  test('is the same for the same request, in whatever order it is said', () => {
    const inputs = { b: [{ y: 1, x: 2 }], a: null };
    const turned = { a: null, b: [{ x: 2, y: 1 }] };
    expect(digestOf({ inputs, ...least })).toBe(
      digestOf({ ref: 'main', project: 'group/app', inputs: turned }),
    );
    expect(digestOf({ ...least, retry: false })).toBe(digestOf(least));
    expect(digestOf({ ...least, project: 7 })).toBe(digestOf({ ...least, project: '7' }));
  });

  test('differs with whatever is asked for', () => {
    const others = [
      {},
      { ref: 'other' },
      { variables: { K: '1' } },
      { variables: { K: '2' } },
      { inputs: { K: '1' } },
      { inputs: { K: 1 } },
      { inputs: { K: ['a', 'b'] } },
      { inputs: { K: ['b', 'a'] } },
      { triggerToken: 'a' },
      { apiToken: 'a' },
      { jobs: ['a'] },
      { deadlineSeconds: 60 },
      { upstream: { project: 'a/b', pipelineId: 1 } },
    ];
    const digests = others.map((other) => digestOf({ ...least, ...other }));
    expect(new Set(digests).size).toBe(others.length);
  });

  test('does not change with the service’s defaults, which a restart may bring', () => {
    expect(digestOf(least, { deadlineSeconds: 5 })).toBe(digestOf(least));
    expect(digestOf(least, { gitlabUrl: 'https://new.test' })).toBe(digestOf(least));
  });
});

describe('the GitLab of a request', () => {
  const allowed = {
    gitlabUrl: 'https://gitlab.test',
    allowedGitlabUrls: ['https://other.test/sub', 'http://plain.test:81'],
  };
  const gitlabOf = (gitlabUrl: string): string => read({ ...least, gitlabUrl }, allowed).request.gitlabUrl;

  test.each([
    ['https://GitLab.TEST', 'https://gitlab.test'],
    ['https://gitlab.test:443/', 'https://gitlab.test'],
    ['https://gitlab.test//', 'https://gitlab.test'],
    ['https://other.test/sub/', 'https://other.test/sub'],
    ['https://other.test/x/../sub', 'https://other.test/sub'],
    ['http://PLAIN.test:81', 'http://plain.test:81'],
  ])('is allowed as %s', (gitlabUrl, known) => {
    expect(gitlabOf(gitlabUrl)).toBe(known);
  });

  test.each([
    'http://gitlab.test',
    'https://gitlab.test:80',
    'https://gitlab.test.evil.test',
    'https://evil.test/https://gitlab.test',
    'https://gitlab.test@evil.test',
    'https://gitlab.test\\@evil.test',
    'https://evil.test#gitlab.test',
    'https://user@gitlab.test',
    'https://user:canary@gitlab.test',
    'https://gitlab.test?x',
    'https://gitlab.test#x',
    'https://gitlab.test/sub',
    'https://other.test',
    'https://other.test/sub2',
    'https://other.test/SUB',
    'https://gitlab.test.',
    'https://gitl\u0430b.test',
    'http://plain.test',
  ])('is forbidden as %s', (gitlabUrl) => {
    expect(() => gitlabOf(gitlabUrl)).toThrow('gitlabUrl: this GitLab is neither');
  });
});

describe('rules for manual jobs', () => {
  const rules = [
    { job: 'deploy', stage: 'prod*', action: 'play', when: 'playable' },
    { job: 'approve', action: 'wait' },
    { stage: 'test', action: 'pass' },
    { environment: 'review/*', tier: 'development', action: 'play' },
    { tier: 'prod*', action: 'approve', when: 'playable', timeoutSeconds: 7200, onTimeout: 'play' },
    { job: 'x', action: 'wait', timeoutSeconds: 60 },
    { action: 'fail' },
  ];
  const many = (count: number) => Array.from({ length: count }, () => ({ action: 'fail' }));

  test('are kept as they are given; without them there is none', () => {
    expect(read({ ...least, manual: rules }).request.manual).toEqual(rules);
    for (const none of [{}, { manual: null }])
      expect('manual' in read({ ...least, ...none }).request).toBe(false);
  });

  test('make another request of it', () => {
    const digests = [{}, { manual: rules }, { manual: rules.toReversed() }].map(
      (more) => read({ ...least, ...more }).digest,
    );
    expect(new Set(digests).size).toBe(3);
  });

  test.each<[string, object]>([
    ['onManual', { onManual: 'play' }],
    ['the onManual that is the default', { onManual: 'fail' }],
    ['jobs', { jobs: ['deploy'] }],
  ])('do not go together with %s', (_what, more) => {
    expect(() => read({ ...least, manual: rules, ...more })).toThrow(
      'manual: cannot be given together with onManual or jobs',
    );
  });

  test('go together with jobs that are null, as they are none', () => {
    expect(read({ ...least, manual: rules, jobs: null }).request.manual).toEqual(rules);
  });

  test.each<[string, unknown]>([
    ['none', []],
    ['no list', { action: 'play' }],
    ['one without an action', [{ job: 'deploy' }]],
    ['an action that there is not', [{ action: 'retry' }]],
    ['variables for what does not play', [{ action: 'wait', variables: { K: 'V' } }]],
    ['a timeout for what does not wait', [{ action: 'play', timeoutSeconds: 60 }]],
    ['a timeout of no time', [{ action: 'wait', timeoutSeconds: 0 }]],
    ['a timeout of half a second', [{ action: 'wait', timeoutSeconds: 0.5 }]],
    ['what follows no timeout', [{ action: 'approve', onTimeout: 'play' }]],
    ['what cannot follow a timeout', [{ action: 'approve', timeoutSeconds: 60, onTimeout: 'wait' }]],
    ['a tier that there is not', [{ tier: 'prodution', action: 'play' }]],
    ['an environment of 256 characters', [{ environment: 'x'.repeat(256), action: 'play' }]],
    ['a child that is no boolean', [{ child: 'yes', action: 'play' }]],
    ['a time for what does not play', [{ action: 'pass', when: 'playable' }]],
    ['a time that there is not', [{ action: 'play', when: 'now' }]],
    ['an empty name', [{ job: '', action: 'play' }]],
    ['a name of 256 characters', [{ job: 'x'.repeat(256), action: 'play' }]],
    ['a stage of 256 characters', [{ stage: 'x'.repeat(256), action: 'play' }]],
    ['201 of them', many(201)],
  ])('are refused: %s', (_what, manual) => {
    expect(() => read({ ...least, manual })).toThrow(/^manual/);
  });

  test('keep the values of their variables apart', () => {
    const manual = [
      { job: 'deploy', action: 'play', variables: { KEY: 'canary', OTHER: '' } },
      { job: '*', action: 'fail' },
    ];
    const { request, secrets } = read({ ...least, manual });
    expect(request.manual).toEqual([
      { job: 'deploy', action: 'play', sends: ['KEY', 'OTHER'] },
      { job: '*', action: 'fail' },
    ]);
    expect(secrets.manualVariables).toEqual([{ KEY: 'canary', OTHER: '' }, {}]);
    expect(JSON.stringify(request)).not.toContain('canary');
  });

  test('with other variables are another request', () => {
    const digests = ['a', 'b'].map(
      (value) =>
        read({ ...least, manual: [{ job: 'deploy', action: 'play', variables: { K: value } }] }).digest,
    );
    expect(new Set(digests).size).toBe(2);
  });

  test.each([
    ['a value that is no text', { K: 1 }],
    ['an empty name', { '': 'x' }],
    ['the service’s own', { PIPELINE_TRIGGER_ID: 'x' }],
  ])('are refused with variables that have %s', (_what, variables) => {
    expect(() => read({ ...least, manual: [{ job: 'deploy', action: 'play', variables }] })).toThrow(
      /^manual/,
    );
  });

  test('have at most 500 variables together with those of the pipeline', () => {
    const some = (count: number, prefix: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));
    const manual = [{ job: 'a', action: 'play', variables: some(300, 'A') }];
    expect(() => read({ ...least, variables: some(200, 'B'), manual })).not.toThrow();
    expect(() => read({ ...least, variables: some(201, 'B'), manual })).toThrow(/variables: 501/);
  });

  test('may be 200, with names of 255 characters', () => {
    expect(read({ ...least, manual: many(200) }).request.manual).toHaveLength(200);
    const long = [{ job: 'x'.repeat(255), stage: 'y'.repeat(255), action: 'play' }];
    expect(read({ ...least, manual: long }).request.manual).toEqual(long);
  });
});
