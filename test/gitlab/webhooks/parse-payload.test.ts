import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Payload } from '../../../src/domain/delivery.ts';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import type { HookFixture } from '../../support/hook-fixtures.ts';
import { hookFixtures, readFixture } from '../../support/hook-fixtures.ts';

type PayloadOf<Kind extends Payload['kind']> = Extract<Payload, { kind: Kind }>;

const fixture = (name: HookFixture): Record<string, unknown> =>
  JSON.parse(readFixture(name)) as Record<string, unknown>;

function readPipeline(body: unknown, event = 'Pipeline Hook'): PayloadOf<'pipeline'> {
  const payload = parsePayload(event, body);
  if (payload.kind !== 'pipeline') throw new Error(`read as ${payload.kind}`);
  return payload;
}

function readJob(body: unknown, event = 'Job Hook'): PayloadOf<'job'> {
  const payload = parsePayload(event, body);
  if (payload.kind !== 'job') throw new Error(`read as ${payload.kind}`);
  return payload;
}

/** The documented Pipeline Hook, with another member here and there. */
function pipelineHook(attributes: object = {}, rest: object = {}): Record<string, unknown> {
  const { object_attributes: documented, ...others } = fixture('gitlab_docs_19_pipeline_hook');
  return { ...others, object_attributes: { ...(documented as object), ...attributes }, ...rest };
}

const jobHook = (rest: object = {}): Record<string, unknown> => ({
  ...fixture('gitlab_docs_19_job_hook'),
  ...rest,
});

function without(body: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

const jobUrl = (id: number): string => `http://192.168.64.1:3005/gitlab-org/gitlab-test/-/jobs/${id}`;

describe('a Pipeline Hook', () => {
  test('is read whole: the pipeline, and its jobs in pipeline order', () => {
    const job = { allowFailure: false, failureReason: null, environment: null };
    const to = (name: string, tier: string) => ({ environment: { name, tier } });
    const failed = { status: 'failed', failureReason: 'script_failure' };
    const at = (minute: number, second: number): number => Date.UTC(2016, 7, 12, 15, minute, second);
    const ran = (minute: number, second: number, toMinute: number, toSecond: number) => ({
      startedAt: at(minute, second),
      finishedAt: at(toMinute, toSecond),
    });
    expect(parsePayload('Pipeline Hook', fixture('gitlab_docs_19_pipeline_hook'))).toEqual({
      kind: 'pipeline',
      pipeline: {
        id: 31,
        projectId: 1,
        status: 'success',
        webUrl: 'http://example.com/gitlab-org/gitlab-test/-/pipelines/31',
        jobs: [
          {
            ...job,
            ...ran(24, 56, 25, 26),
            id: 376,
            name: 'build-image',
            stage: 'build',
            status: 'success',
            webUrl: jobUrl(376),
          },
          {
            ...job,
            ...ran(26, 12, 26, 29),
            id: 377,
            name: 'test-image',
            stage: 'test',
            status: 'success',
            webUrl: jobUrl(377),
          },
          {
            ...job,
            ...failed,
            ...ran(26, 12, 26, 29),
            id: 378,
            name: 'test-build',
            stage: 'test',
            webUrl: jobUrl(378),
          },
          {
            ...{ ...job, ...to('staging', 'staging'), id: 379, name: 'staging' },
            ...{ stage: 'deploy', status: 'created', webUrl: jobUrl(379) },
          },
          {
            ...{ ...job, ...to('production', 'production'), id: 380, name: 'production' },
            ...{ stage: 'deploy', status: 'skipped', webUrl: jobUrl(380) },
          },
        ],
      },
      projectPath: 'gitlab-org/gitlab-test',
      ref: 'master',
      source: 'merge_request_event',
      upstream: { pipelineId: 30, jobId: 3401 },
      triggerId: null,
      happenedAt: Date.UTC(2016, 7, 12, 15, 26, 29),
    });
  });

  test.each<[string, unknown, unknown]>([
    ['none', null, null],
    [
      'one without a tier, as older versions show it',
      { name: 'live', action: 'start' },
      { name: 'live', tier: null },
    ],
    ['one on two lines', { name: 'li\nve', deployment_tier: 'other' }, { name: 'li ve', tier: 'other' }],
    ['a tier that is no word', { name: 'live', deployment_tier: 'a b' }, { name: 'live', tier: null }],
    ['nothing at all', undefined, undefined],
    ['one without a name', { deployment_tier: 'production' }, undefined],
    ['a name of 256 characters', { name: 'x'.repeat(256), deployment_tier: 'staging' }, undefined],
    ['no object', 'production', undefined],
  ])('shows where a job deploys to: %s', (_what, environment, expected) => {
    const body = fixture('gitlab_docs_19_pipeline_hook');
    const builds = (body['builds'] as Record<string, unknown>[]).map((row) => ({ ...row, environment }));
    const payload = parsePayload('Pipeline Hook', { ...body, builds });
    const jobs = payload.kind === 'pipeline' ? payload.pipeline.jobs : null;
    expect(jobs).toHaveLength(5);
    expect(jobs?.map((job) => job.environment)).toEqual(jobs?.map(() => expected));
  });

  const example = 'http://example.com/gitlab-org/gitlab-test/-/pipelines/31';
  const local = 'http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/31';
  const all = ['build-image', 'test-image', 'test-build', 'staging', 'production'];
  test.each<[HookFixture, { path: string; webUrl: string; jobs: string[] }]>([
    ['drone_go-scm_pipeline_hook', { path: 'gitlab-org/gitlab-test', webUrl: example, jobs: ['production'] }],
    [
      'drone_go-scm_pipeline_subgroup',
      { path: 'group1/group2/group3/grp2repo', webUrl: example, jobs: ['production'] },
    ],
    ['gitlab4j_pipeline-event', { path: 'gitlab-org/gitlab-test', webUrl: example, jobs: all }],
    ['gitlab_docs_17_pipeline_hook', { path: 'gitlab-org/gitlab-test', webUrl: example, jobs: all }],
    ['gitlab_docs_19_pipeline_hook', { path: 'gitlab-org/gitlab-test', webUrl: example, jobs: all }],
    ['go-playground_pipeline-event', { path: 'gitlab-org/gitlab-test', webUrl: local, jobs: all }],
    // Without a `url`, as before GitLab 16: made from the project's.
    ['xanzy_go-gitlab_pipeline', { path: 'gitlab-org/gitlab-test', webUrl: local, jobs: all }],
  ])('is read from %s', (name, { path, webUrl, jobs }) => {
    const { pipeline, ...payload } = readPipeline(fixture(name));
    expect(pipeline).toMatchObject({ id: 31, projectId: 1, status: 'success', webUrl });
    expect(pipeline.jobs?.map((job) => job.name)).toEqual(jobs);
    expect(payload).toMatchObject({
      projectPath: path,
      ref: 'master',
      source: 'merge_request_event',
      triggerId: null,
    });
    expect(payload.happenedAt).toBe(Date.UTC(2016, 7, 12, 15, 26, 29));
  });

  test('tells whether a job may fail, and why one failed', () => {
    const { jobs } = readPipeline(fixture('xanzy_go-gitlab_pipeline')).pipeline;
    expect(jobs?.find(({ name }) => name === 'production')).toMatchObject({
      allowFailure: true,
      // GitLab sends a reason here, but the job was skipped.
      status: 'skipped',
      failureReason: null,
    });
  });

  test('tells which of our triggers made the pipeline', () => {
    const variables = [
      null,
      { key: 'A', value: 'x' },
      { key: 'PIPELINE_TRIGGER_ID', value: 'trg_1' },
      { key: 1 },
    ];
    expect(readPipeline(pipelineHook({ variables })).triggerId).toBe('trg_1');
  });

  test('of a running pipeline happened when the pipeline was made, as far as it tells', () => {
    const payload = readPipeline(pipelineHook({ status: 'running', finished_at: null }));
    expect(payload.happenedAt).toBe(Date.UTC(2016, 7, 12, 15, 23, 28));
  });

  test('may have a status that we never heard of', () => {
    expect(readPipeline(pipelineHook({ status: 'levitating' })).pipeline.status).toBe('levitating');
  });

  test('may have members that we never heard of', () => {
    const body = pipelineHook({ mood: { good: [true] } }, { bridges: [{ id: 'x' }], faults: null });
    expect(readPipeline(body)).toEqual(readPipeline(pipelineHook()));
  });

  test('needs no more than an id and a status', () => {
    expect(
      parsePayload('', { object_kind: 'pipeline', object_attributes: { id: 31, status: 'running' } }),
    ).toEqual({
      kind: 'pipeline',
      pipeline: { id: 31, projectId: 0, status: 'running', webUrl: null, jobs: null },
      projectPath: null,
      ref: null,
      source: null,
      triggerId: null,
      happenedAt: null,
    });
  });

  test('may write ids as strings', () => {
    const builds = [{ id: '380', name: 'deploy', status: 'manual', allow_failure: false }];
    const body = pipelineHook({ id: '31' }, { builds, project: { id: '1' } });
    expect(readPipeline(body).pipeline).toMatchObject({
      id: 31,
      projectId: 1,
      jobs: [{ id: 380, stage: '' }],
    });
  });

  test('does not show its jobs well enough when a manual or failed one does not say whether it may fail', () => {
    const builds = (status: string) => [{ id: 380, name: 'deploy', stage: 'deploy', status }];
    expect(readPipeline(pipelineHook({}, { builds: builds('manual') })).pipeline.jobs).toBeNull();
    expect(readPipeline(pipelineHook({}, { builds: builds('failed') })).pipeline.jobs).toBeNull();
    expect(readPipeline(pipelineHook({}, { builds: builds('running') })).pipeline.jobs).toHaveLength(1);
  });

  test.each([
    ['null', null],
    ['missing', undefined],
    ['no list', { 0: {} }],
    ['a list with a null', [null]],
    ['a list with a job without an id', [{ name: 'deploy', status: 'manual', allow_failure: false }]],
    [
      'a list with a job of a wrong name',
      [{ id: 1, name: ['deploy'], status: 'manual', allow_failure: false }],
    ],
  ])('does not show its jobs when `builds` is %s', (_what, builds) => {
    expect(readPipeline(pipelineHook({}, { builds })).pipeline.jobs).toBeNull();
  });

  test.each([
    ['project', { project: null }],
    ['project', { project: 'gitlab-org/gitlab-test' }],
    ['project', { project: { id: 'one', web_url: 1, path_with_namespace: [] } }],
    [
      'attributes',
      { object_attributes: { id: 31, status: 'success', ref: 1, url: {}, variables: 'x', stages: [1] } },
    ],
  ])('is read in spite of %s that is of no use: %j', (_what, wrong) => {
    expect(readPipeline(pipelineHook({}, wrong)).pipeline).toMatchObject({ id: 31, status: 'success' });
  });

  test.each([
    [null],
    [undefined],
    [0],
    [-31],
    [3.1],
    ['31a'],
    [''],
    [true],
    [[31]],
    [{}],
    [1e300],
    ['9'.repeat(400)],
  ])('with the id %j cannot be read', (id) => {
    expect(parsePayload('Pipeline Hook', pipelineHook({ id }))).toEqual({
      kind: 'unreadable',
      reason: 'not the content of a pipeline hook',
      pipelineId: null,
      projects: ['gitlab-org/gitlab-test', '1'],
    });
  });

  test.each([[null], [undefined], [7], [{}]])('with the status %j cannot be read', (status) => {
    expect(parsePayload('Pipeline Hook', pipelineHook({ status })).kind).toBe('unreadable');
  });
});

describe('a Job Hook', () => {
  test('is read whole', () => {
    expect(parsePayload('Job Hook', fixture('gitlab_docs_19_job_hook'))).toEqual({
      kind: 'job',
      pipelineId: 2366,
      projectId: 380,
      projectPath: 'gitlab-org/gitlab-test',
      job: {
        id: 1977,
        name: 'test',
        stage: 'test',
        status: 'created',
        allowFailure: false,
        // GitLab writes `unknown_failure` in every hook of a job that did not fail.
        failureReason: null,
        webUrl: jobUrl(1977),
      },
      happenedAt: Date.UTC(2021, 1, 23, 2, 41, 37, 886),
    });
  });

  test.each<[HookFixture, object]>([
    ['gitlab_docs_17_job_hook', { pipelineId: 2366, happenedAt: Date.UTC(2021, 1, 23, 2, 41, 37, 886) }],
    ['go-playground_job-event', { pipelineId: 2366, happenedAt: null, projectPath: null }],
    // The pipeline's id is in the commit only.
    ['go-playground_build-event', { pipelineId: 2366, happenedAt: null }],
    ['xanzy_go-gitlab_build', { pipelineId: 2366, happenedAt: Date.UTC(2021, 1, 23, 2, 41, 37, 886) }],
    // `object_kind: job`, and `job_…` instead of `build_…`.
    ['gitlab4j_job-event', { pipelineId: 2366, happenedAt: null }],
  ])('is read from %s', (name, expected) => {
    const payload = readJob(fixture(name));
    expect(payload).toMatchObject({ projectId: 380, ...expected });
    expect(payload.job).toMatchObject({
      id: 1977,
      name: 'test',
      stage: 'test',
      status: 'created',
      allowFailure: false,
    });
  });

  test('is read as GitLab 15 recorded it', () => {
    expect(readJob(fixture('xanzy_go-gitlab_job'))).toEqual({
      kind: 'job',
      pipelineId: 743121198,
      projectId: 31537070,
      projectPath: null,
      job: {
        id: 3580121225,
        name: 'auto_deploy:start',
        stage: 'coordinated:tag',
        status: 'success',
        allowFailure: false,
        failureReason: null,
        webUrl: null,
        startedAt: Date.UTC(2023, 0, 10, 13, 50, 5),
        finishedAt: Date.UTC(2023, 0, 10, 13, 50, 54),
      },
      happenedAt: Date.UTC(2023, 0, 10, 13, 50, 54),
    });
  });

  test('names the pipeline itself rather than the commit, whose id may be anything', () => {
    expect(readJob(fixture('gitlab4j_build-event'))).toMatchObject({
      pipelineId: 2366,
      job: { id: 214655258 },
    });
  });

  test('of a failed job tells why', () => {
    const failed = jobHook({ build_status: 'failed', build_failure_reason: 'runner_system_failure' });
    expect(readJob(failed).job).toMatchObject({ status: 'failed', failureReason: 'runner_system_failure' });
  });

  test('may write ids as strings, and leave out what old versions left out', () => {
    const body = {
      object_kind: 'build',
      build_id: '1977',
      build_name: 'test',
      build_status: 'running',
      pipeline_id: '7',
    };
    expect(readJob(body)).toMatchObject({
      pipelineId: 7,
      projectId: 0,
      job: { id: 1977, stage: '', webUrl: null },
    });
  });

  test.each([
    ['no job id', without(jobHook(), 'build_id')],
    ['no name', without(jobHook(), 'build_name')],
    ['a status that is none', jobHook({ build_status: 5 })],
    ['no pipeline', jobHook({ pipeline_id: null, commit: null })],
    ['a commit id that is a sha', without(jobHook({ commit: { id: 'a'.repeat(40) } }), 'pipeline_id')],
  ])('with %s cannot be read', (_what, body) => {
    expect(parsePayload('Job Hook', body)).toMatchObject({
      kind: 'unreadable',
      reason: 'not the content of a job hook',
    });
  });
});

describe('of a hook that cannot be read', () => {
  test.each<[string, string, unknown, number | null, readonly string[]]>([
    ['a pipeline', 'Pipeline Hook', { object_attributes: { id: 7 } }, 7, []],
    ['a pipeline by text', 'Pipeline Hook', { object_attributes: { id: '7' } }, 7, []],
    ['a pipeline in another place', 'Pipeline Hook', { pipeline_id: 7, object_attributes: 'x' }, 7, []],
    ['the pipeline of a job', 'Job Hook', { pipeline_id: 7, project_id: 3 }, 7, ['3']],
    ['the pipeline of a job as old versions do', 'Job Hook', { commit: { id: 7 } }, 7, []],
    [
      'the project only',
      'Pipeline Hook',
      { project: { id: 3, path_with_namespace: 'a/b' } },
      null,
      ['a/b', '3'],
    ],
    [
      'the project by half',
      'Pipeline Hook',
      { project: { id: {}, path_with_namespace: 'a/b' } },
      null,
      ['a/b'],
    ],
    ['nothing', 'Pipeline Hook', { object_attributes: { id: -1 }, project: [] }, null, []],
    ['nothing, being no object', 'Job Hook', [7], null, []],
  ])('the parser still reads: %s', (_what, event, body, pipelineId, projects) => {
    expect(parsePayload(event, body)).toMatchObject({ kind: 'unreadable', pipelineId, projects });
  });
});

describe('what kind of hook it is', () => {
  test('is for the body to say', () => {
    expect(parsePayload('Job Hook', pipelineHook()).kind).toBe('pipeline');
    expect(parsePayload('System Hook', jobHook()).kind).toBe('job');
  });

  test('is for the header to say where the body does not', () => {
    expect(parsePayload('Pipeline Hook', without(pipelineHook(), 'object_kind')).kind).toBe('pipeline');
    expect(parsePayload('Job Hook', without(jobHook(), 'object_kind')).kind).toBe('job');
  });

  test.each([['push'], ['deployment'], ['__proto__'], ['constructor'], ['']])(
    '%j is none of ours',
    (object_kind) => {
      expect(parsePayload('Pipeline Hook', { object_kind })).toEqual({
        kind: 'ignored',
        reason: 'not a Pipeline Hook or Job Hook',
      });
    },
  );

  test.each([[null], [7], ['text'], [[]], [{}], [true]])('is unknown of %j under another event', (body) => {
    expect(parsePayload('Push Hook', body).kind).toBe('ignored');
    expect(parsePayload('__proto__', body).kind).toBe('ignored');
  });

  test.each([[null], [7], ['text'], [[]], [{}], [true]])('%j has not the content of a hook', (body) => {
    expect(parsePayload('Pipeline Hook', body).kind).toBe('unreadable');
    expect(parsePayload('Job Hook', body).kind).toBe('unreadable');
  });

  test('is not taken from a member called __proto__', () => {
    const body: unknown = JSON.parse(
      '{"__proto__": {"object_kind": "pipeline", "object_attributes": {"id": 1}}}',
    );
    expect(parsePayload('Push Hook', body).kind).toBe('ignored');
    expect(parsePayload('Pipeline Hook', body).kind).toBe('unreadable');
  });
});

test('never throws, whatever a hook holds', () => {
  const bodies = fc.oneof(
    fc.jsonValue(),
    fc.record({ object_kind: fc.constantFrom('pipeline', 'build', 'job'), object_attributes: fc.anything() }),
    fc.tuple(fc.constantFrom(...hookFixtures), fc.string(), fc.jsonValue()).map(([name, key, value]) => ({
      ...fixture(name),
      [key]: value,
    })),
    fc
      .tuple(fc.constantFrom('project', 'commit', 'builds', 'object_attributes'), fc.anything())
      .map(([key, value]) => ({
        ...pipelineHook(),
        [key]: value,
      })),
  );
  fc.assert(
    fc.property(fc.constantFrom('Pipeline Hook', 'Job Hook', ''), bodies, (event, body) => {
      expect(['pipeline', 'job', 'ignored', 'unreadable']).toContain(parsePayload(event, body).kind);
    }),
  );
});

describe('text of others', () => {
  const pipelineBody = (attributes: object, more: object = {}) => ({
    object_kind: 'pipeline',
    object_attributes: { id: 7, status: 'running', ...attributes },
    project: { id: 1, path_with_namespace: 'group/app', web_url: 'https://gitlab.example.com/group/app' },
    builds: [],
    ...more,
  });

  test.each([
    ['running\nBASH_ENV=x.sh\nresult: success'],
    ['running\r'],
    ['running '],
    ['run\u2028ning'],
    ['\u001b[2J'],
    [''],
    ['a'.repeat(101)],
  ])('a status that is no word makes a hook unreadable: %j', (status) => {
    expect(parsePayload('', pipelineBody({ status }))).toMatchObject({ kind: 'unreadable', pipelineId: 7 });
    const job = { object_kind: 'build', build_id: 5, build_name: 'x', build_status: status, pipeline_id: 7 };
    expect(parsePayload('', job)).toMatchObject({ kind: 'unreadable', pipelineId: 7 });
  });

  test('a status that GitLab has only tomorrow is a word', () => {
    expect(parsePayload('', pipelineBody({ status: 'waiting_for_Godot' }))).toMatchObject({
      kind: 'pipeline',
    });
  });

  test.each([
    ['javascript:alert(1)'],
    ['https://gitlab.example.com/x\nA=b'],
    ['https://gitlab.example.com/\u001b]0;pwn\u0007'],
    ['https://gitlab.example.com/\u009b2J'],
    ['https://gitlab.example.com/"><script>'],
    ['ftp://gitlab.example.com/x'],
  ])('a link that is none makes a hook unreadable: %j', (url) => {
    expect(parsePayload('', pipelineBody({ url }))).toMatchObject({ kind: 'unreadable' });
    const project = { id: 1, web_url: url };
    expect(parsePayload('', pipelineBody({}, { project }))).toMatchObject({ kind: 'unreadable' });
  });

  test('names are on one line, without controls', () => {
    const builds = [{ id: 5, name: 'a\nb\u001b[2J', stage: 'c\rd', status: 'running', allow_failure: false }];
    expect(parsePayload('', pipelineBody({ ref: 'x\ny' }, { builds }))).toMatchObject({
      ref: 'x y',
      pipeline: { jobs: [{ name: 'a b', stage: 'c d' }] },
    });
  });

  test('what is no id of a trigger is none', () => {
    const variables = [{ key: 'PIPELINE_TRIGGER_ID', value: 'trg_1\nresult: success' }];
    expect(parsePayload('', pipelineBody({ variables }))).toMatchObject({
      kind: 'pipeline',
      triggerId: null,
    });
  });

  test('a hook of no use names its project, unless it names two', () => {
    expect(parsePayload('Push Hook', { project_id: 7, project: { id: 7 } })).toMatchObject({ projectId: 7 });
    expect(parsePayload('Push Hook', { project_id: 7, project: { id: 8 } })).not.toHaveProperty('projectId');
  });
});
