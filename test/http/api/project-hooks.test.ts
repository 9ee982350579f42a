import { eventually } from '../../support/eventually.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HookSettingsInput } from '../../../simulator/scenario.ts';
import type { Simulator } from '../../../simulator/simulator.ts';
import { apiToken, scenario } from '../../support/scenario.ts';
import {
  adminToken,
  hookTo,
  ownHookTo,
  ownSecret,
  startService,
  webhookSecret,
} from '../../support/start-service.ts';

type Options = NonNullable<Parameters<typeof startService>[0]>;

/** A service over a GitLab without hooks. Where it listens it learns too late for PUBLIC_URL, so requests say it. */
async function begin(options: Options = {}) {
  const world = await startService({ hooks: false, ...options });
  onTestFinished(world.stop);
  const { simulator, call, url } = world;
  const post = async (action: string, body: object = {}): Promise<Record<string, unknown>> => {
    const answer = await call('POST', `/v1/hooks/${action}`, {
      body: { project: 'group/app', url, ...body },
    });
    return { status: answer.status, ...(answer.json as Record<string, unknown>) };
  };
  const codesOf = async (body: object = {}): Promise<readonly string[]> => {
    const { findings } = await post('doctor', body);
    return (findings as { code: string }[]).map(({ code }) => code);
  };
  return {
    ...world,
    post,
    codesOf,
    addHook: (hook: Partial<HookSettingsInput> = {}) =>
      simulator.addHook('group/app', { ...ownHookTo(url, simulator.url, 1), ...hook }),
    /** What changed something in GitLab. */
    changes: () =>
      simulator.requests
        .filter(({ method, path }) => method !== 'GET' && !path.includes('/test/'))
        .map(({ method, path }) => `${method} ${path.replace('/api/v4/projects/group%2Fapp', '')}`),
  };
}

/** Lets deliveries fail until GitLab pauses the hook. */
async function pauseHook(simulator: Simulator, id: number): Promise<void> {
  const path = `${simulator.url}/api/v4/projects/1/hooks/${id}`;
  const headers = { 'private-token': apiToken };
  simulator.faults.hooks.push({ kind: 'fail' });
  await eventually(async () => {
    const shown = (await (await fetch(path, { headers })).json()) as { alert_status: string };
    if (shown.alert_status === 'executable') {
      await fetch(`${simulator.url}/api/v4/projects/1/pipeline?ref=main`, { method: 'POST', headers });
      throw new Error('not paused yet');
    }
  });
  simulator.faults.hooks.splice(0);
}

const signing = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('install', () => {
  test('makes a hook, switches pushes off, verifies TLS and has it tested', async () => {
    const { post, simulator, url } = await begin();
    expect(await post('install')).toMatchObject({
      status: 200,
      result: 'created',
      test: { outcome: 'passed' },
      findings: [],
      note: null,
    });
    const [sent] = simulator.requests.filter(({ method }) => method === 'POST');
    expect(sent?.input).toMatchObject({
      url: `${url}/webhooks/gitlab`,
      token: ownSecret(simulator.url, 1),
      pipeline_events: true,
      job_events: true,
      push_events: false,
      enable_ssl_verification: true,
    });
  });

  test('twice changes nothing', async () => {
    const { post, changes } = await begin();
    await post('install');
    expect(await post('install')).toMatchObject({ result: 'unchanged', test: { outcome: 'passed' } });
    expect(changes()).toEqual(['POST /hooks']);
  });

  test('finds an equal one on the third page of the list, however its address is written', async () => {
    const { post, addHook, simulator, url, changes } = await begin();
    for (let index = 0; index < 230; index += 1)
      simulator.addHook('group/app', { url: `http://127.0.0.1:1/${index}` });
    const { id } = addHook({ url: `${url.toUpperCase().replace('HTTP', 'http')}/Webhooks/GitLab/` });
    expect(await post('install')).toMatchObject({ result: 'unchanged', hook: { id } });
    expect(changes()).toEqual([]);
  });

  test('two concurrent requests create one webhook', async () => {
    const { post, changes } = await begin();
    const [first, second] = await Promise.all([post('install'), post('install')]);
    expect([first['result'], second['result']]).toEqual(['created', 'unchanged']);
    expect(changes()).toEqual(['POST /hooks']);
  });

  test('repairs one that is not as it should be, and sends its secret along', async () => {
    const { post, addHook, simulator } = await begin();
    const { id } = addHook({
      job_events: false,
      push_events: true,
      enable_ssl_verification: false,
      token: null,
    });
    expect(await post('install')).toMatchObject({ result: 'repaired', hook: { id }, findings: [] });
    const [sent] = simulator.requests.filter(({ method }) => method === 'PUT');
    expect(sent?.input).toMatchObject({ token: ownSecret(simulator.url, 1), enable_ssl_verification: true });
  });

  test('gives one its secret anew that sends a wrong one, which only a test shows', async () => {
    const { post, addHook, changes } = await begin();
    const { id } = addHook({ token: 'old secret' });
    expect(await post('install')).toMatchObject({ result: 'repaired', test: { outcome: 'passed' } });
    expect(changes()).toEqual([`PUT /hooks/${id}`]);
  });

  test('gives one that sends the shared secret one of its own, once', async () => {
    const { post, addHook, changes, simulator, codesOf } = await begin();
    const { id } = addHook({ token: webhookSecret });
    expect(await post('install')).toMatchObject({ result: 'repaired', test: { outcome: 'passed' } });
    const [sent] = simulator.requests.filter(({ method }) => method === 'PUT');
    expect(sent?.input).toMatchObject({ token: ownSecret(simulator.url, 1) });
    expect([await post('install'), await codesOf()]).toMatchObject([{ result: 'unchanged' }, []]);
    expect(changes()).toEqual([`PUT /hooks/${id}`]);
  });

  test('after a rotation writes the secret that is derived from the first one', async () => {
    const { post, addHook, simulator, changes } = await begin({
      env: { WEBHOOK_SECRET: `new-secret,${webhookSecret}` },
    });
    const { id } = addHook();
    expect(await post('install')).toMatchObject({ result: 'repaired', test: { outcome: 'passed' } });
    const [sent] = simulator.requests.filter(({ method }) => method === 'PUT');
    expect(sent?.input).toMatchObject({ token: ownSecret(simulator.url, 1, 'new-secret') });
    expect([(await post('install'))['result'], changes()]).toEqual(['unchanged', [`PUT /hooks/${id}`]]);
  });

  test('says in the words of GitLab why a test fails', async () => {
    const { post } = await begin();
    const test = { outcome: 'failed', words: expect.stringContaining('ECONNREFUSED') as string };
    expect(await post('install', { url: 'http://127.0.0.1:1' })).toMatchObject({ result: 'created', test });
  });

  test('says in the words of the receiver why a test fails', async () => {
    const { post } = await begin();
    const other = await begin({ env: { WEBHOOK_SECRET: 'another-secret' } });
    expect(await post('install', { url: other.url })).toMatchObject({
      test: {
        outcome: 'failed',
        words: expect.stringContaining(
          'the receiver answers: the secret token or signature is missing or wrong',
        ) as string,
      },
    });
  });

  test('needs to know where GitLab reaches the service', async () => {
    const { post } = await begin();
    const refused = { status: 400, detail: expect.stringContaining('PUBLIC_URL') as string };
    expect(await post('install', { url: null })).toMatchObject(refused);
    const { post: postTo, simulator } = await begin({ env: { PUBLIC_URL: 'http://127.0.0.1:1/pt/' } });
    await postTo('install', { url: null });
    expect(simulator.requests.find(({ method }) => method === 'POST')?.input).toMatchObject({
      url: 'http://127.0.0.1:1/pt/webhooks/gitlab',
    });
  });

  test('without verification of TLS only when asked to', async () => {
    const { post, simulator } = await begin();
    await post('install', { verifyTls: false });
    expect(simulator.requests.find(({ method }) => method === 'POST')?.input).toMatchObject({
      enable_ssl_verification: false,
    });
  });

  test('moves a hook from where the service was before', async () => {
    const { post, addHook, changes } = await begin();
    const { id } = addHook({ url: 'https://old.example.com/webhooks/gitlab' });
    expect(await post('install', { from: 'https://old.example.com/' })).toMatchObject({
      result: 'repaired',
      test: { outcome: 'passed' },
      findings: [],
    });
    expect(changes()).toEqual([`PUT /hooks/${id}`]);
  });

  test('leaves a project alone whose group has a hook', async () => {
    const { post, simulator, url, changes } = await begin({ scenario: { ...scenario, groupHooks: [] } });
    simulator.addGroupHook('group', hookTo(url));
    expect(await post('install')).toMatchObject({ result: 'unchanged', isOfGroup: true, findings: [] });
    expect(changes()).toEqual([]);
  });

  describe('with a signing token', () => {
    test('has GitLab sign', async () => {
      const { post } = await begin({ env: { WEBHOOK_SECRET: '', WEBHOOK_SIGNING_TOKEN: signing } });
      expect(await post('install')).toMatchObject({
        test: { outcome: 'passed' },
        hook: { isSigned: true, hasSecret: false },
      });
    });

    test('falls back on the secret token where GitLab does not sign, and says so', async () => {
      const options = { env: { WEBHOOK_SIGNING_TOKEN: signing }, gitlab: { gitlabVersion: '18.5.0' } };
      const { post } = await begin(options);
      expect(await post('install')).toMatchObject({
        test: { outcome: 'passed' },
        note: expect.stringContaining('does not sign') as string,
      });
    });

    test('leaves no hook that the service would not know', async () => {
      const { post, changes, simulator } = await begin({
        env: { WEBHOOK_SECRET: '', WEBHOOK_SIGNING_TOKEN: signing },
        gitlab: { gitlabVersion: '18.5.0' },
      });
      expect(await post('install')).toMatchObject({
        status: 422,
        detail: expect.stringContaining('WEBHOOK_SECRET') as string,
      });
      expect(changes()).toHaveLength(2);
      expect(simulator.requests.at(-1)?.method).toBe('DELETE');
    });
  });

  test('of several secrets sends the first', async () => {
    const { post, simulator } = await begin({ env: { WEBHOOK_SECRET: 'new-secret,old-secret' } });
    await post('install');
    const token = ownSecret(simulator.url, 1, 'new-secret');
    expect(simulator.requests.find(({ method }) => method === 'POST')?.input).toMatchObject({ token });
  });

  test('is refused in the words of GitLab', async () => {
    const { post } = await begin({
      scenario: {
        ...scenario,
        users: [{ username: 'dev', token: apiToken, roles: { 'group/app': 'developer' } }],
      },
    });
    expect(await post('install')).toMatchObject({ status: 422, detail: '403 Forbidden' });
    expect(await post('install', { project: 'group/nowhere' })).toMatchObject({
      status: 404,
      detail: '404 Project Not Found',
    });
  });

  test('needs a token', async () => {
    const { post } = await begin({ env: { GITLAB_TOKEN: '' } });
    expect(await post('install')).toMatchObject({
      status: 422,
      detail: expect.stringContaining('GITLAB_TOKEN') as string,
    });
  });
});

describe('doctor', () => {
  test.each<readonly [string, Partial<HookSettingsInput>]>([
    ['missing_pipeline_events', { pipeline_events: false }],
    ['missing_job_events', { job_events: false }],
    ['needless_events', { push_events: true }],
    ['custom_template', { custom_webhook_template: '{"x":"{{object_kind}}"}' }],
    ['no_secret', { token: null }],
  ])('finds %s and repairs it', async (code, wrong) => {
    const { addHook, codesOf, post } = await begin();
    const { id } = addHook(wrong);
    expect(await codesOf()).toEqual([code]);
    expect(await post('doctor', { fix: true })).toMatchObject({
      findings: [],
      repaired: [{ code, hookId: id }],
      test: { outcome: 'passed' },
    });
    expect(await codesOf()).toEqual([]);
  });

  test('finds that there is none, and makes one', async () => {
    const { codesOf, post } = await begin();
    expect(await codesOf()).toEqual(['missing']);
    expect(await post('doctor', { fix: true })).toMatchObject({
      findings: [],
      repaired: [{ code: 'missing' }],
    });
  });

  test('finds a wrong address of the service, and puts it right with the secret', async () => {
    const { addHook, codesOf, post, url, changes } = await begin();
    const { id } = addHook({ url: `${url}/somewhere/webhooks/gitlab` });
    expect(await codesOf()).toEqual(['wrong_url']);
    expect(await post('doctor', { fix: true })).toMatchObject({ findings: [], test: { outcome: 'passed' } });
    expect(changes()).toEqual([`PUT /hooks/${id}`]);
  });

  test('finds several, and keeps the best', async () => {
    const { addHook, codesOf, post, changes, url } = await begin();
    const worse = addHook({ job_events: false });
    const best = addHook();
    const leftover = addHook({ url: `${url}/x/webhooks/gitlab` });
    expect(await codesOf()).toEqual(['duplicate', 'leftover_url']);
    expect(await post('doctor', { fix: true })).toMatchObject({ findings: [], hook: { id: best.id } });
    expect(changes()).toEqual([`DELETE /hooks/${worse.id}`, `DELETE /hooks/${leftover.id}`]);
  });

  test('leaves the hook of another service alone', async () => {
    const { addHook, post, changes } = await begin();
    addHook();
    addHook({ url: 'https://codecov.example.com/webhooks/gitlab' });
    const { findings } = await post('doctor', { fix: true });
    expect(findings).toMatchObject([{ code: 'foreign_url', severity: 'warning' }]);
    expect(changes()).toEqual([]);
  });

  test('enables a hook that GitLab paused, and has what was missed sent again and applied', async () => {
    const { addHook, post, simulator, trigger, pipelineOf, finished } = await begin();
    const { id } = addHook({ job_events: false });
    simulator.faults.hooks.push({ kind: 'fail' });
    const { id: trg } = await trigger({ project: 'group/app', ref: 'main' });
    const pipelineId = await pipelineOf(trg);
    for (const job of ['build', 'unit'])
      for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
    await eventually(() => expect(simulator.deliveries.length).toBeGreaterThanOrEqual(3));
    simulator.faults.hooks.splice(0);
    await pauseHook(simulator, id);
    expect(await post('doctor')).toMatchObject({
      findings: [
        { code: 'temporarily_disabled', hookId: id, text: expect.stringMatching(/until 20..-/) as string },
        { code: 'missing_job_events' },
        { code: 'deliveries_missed', severity: 'error' },
        // Of the pipeline that brought the pause, for which nobody waits.
        { code: 'failing_deliveries', severity: 'warning' },
      ],
    });
    expect(await post('doctor', { fix: true })).toMatchObject({
      findings: [],
      resent: { arrived: 2, refused: [], retryAfterSeconds: null },
    });
    expect(await finished(trg)).toMatchObject({ outcome: 'success' });
  });

  test('without --fix changes and tests nothing', async () => {
    const { codesOf, simulator } = await begin();
    await codesOf();
    expect(simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('remove', () => {
  test('removes all hooks of the service, and no others', async () => {
    const { addHook, post, changes } = await begin();
    const [first, second] = [addHook(), addHook()];
    addHook({ url: 'https://chat.example.com/hook' });
    expect(await post('remove')).toMatchObject({ status: 200, removed: [first.id, second.id] });
    expect(changes()).toEqual([`DELETE /hooks/${first.id}`, `DELETE /hooks/${second.id}`]);
    expect(await post('remove')).toMatchObject({ status: 404 });
  });
});

test('what is changed is written down with who wanted it', async () => {
  const { post, call } = await begin();
  await post('install');
  await post('remove');
  const { json } = await call('GET', '/v1/audit?subject=group%2Fapp');
  expect((json as { items: unknown[] }).items).toMatchObject([
    { action: 'hook.remove', actor: 'admin', subject: 'group/app' },
    { action: 'hook.install', actor: 'admin', subject: 'group/app' },
  ]);
});

test('a pattern names the projects of a group', async () => {
  const projects = [
    { id: 1, path: 'group/app' },
    { id: 2, path: 'group/old', archived: true },
    { id: 3, path: 'group/sub/deep' },
  ];
  const { call } = await begin({ scenario: { ...scenario, projects } });
  const matching = async (pattern: string) =>
    (await call('GET', `/v1/hooks/projects?pattern=${encodeURIComponent(pattern)}`)).json;
  expect(await matching('group/*')).toEqual({ items: ['group/app'] });
  expect(await matching('group/**')).toEqual({ items: ['group/app', 'group/sub/deep'] });
  expect(await matching('group/app')).toEqual({ items: ['group/app'] });
  expect(await matching('nowhere/*')).toMatchObject({ status: 404, detail: '404 Group Not Found' });
  expect(await matching('gr*')).toMatchObject({ status: 400 });
});

test('the list shows hooks without what may be secret in their addresses', async () => {
  const { call, addHook, url } = await begin();
  addHook({ url: `${url.replace('//', '//user:word@')}/webhooks/gitlab?key=word` });
  const answer = await call('GET', `/v1/hooks?project=group%2Fapp&url=${encodeURIComponent(url)}`);
  expect(answer.json).toMatchObject({ hooks: [{ url: `${url}/webhooks/gitlab` }] });
  expect(answer.text).not.toContain('word');
});

test('only admins may', async () => {
  const { call, service } = await begin();
  const { secret } = await service.keys.create(
    { name: 'ci', role: 'trigger', projects: null, days: null },
    { id: 'test', from: 'test' },
  );
  const ways = [
    ['GET', '/v1/hooks?project=group%2Fapp'],
    ['GET', '/v1/hooks/health'],
    ['POST', '/v1/hooks/install'],
  ] as const;
  for (const [method, path] of ways) {
    expect((await call(method, path, { token: secret })).status).toBe(403);
    expect((await call(method, path, { token: null })).status).toBe(401);
  }
  expect(adminToken).not.toBe(secret);
});

test.each([
  ['POST', '/v1/hooks', 405],
  ['GET', '/v1/hooks/install', 405],
  ['GET', '/v1/hooks', 400],
  ['GET', '/v1/hooks/projects', 400],
])('%s %s is answered %i', async (method, path, status) => {
  const { call } = await begin();
  expect((await call(method, path)).status).toBe(status);
});

test.each([[{ project: '' }], [{ url: 'ftp://x' }], [{ verifyTls: 'no' }], [{ unknown: 1 }]])(
  'a body with %j is not understood',
  async (body) => {
    const { post } = await begin();
    expect((await post('install', body)).status).toBe(400);
  },
);

describe('doctor, of the secret that a hook sends', () => {
  test.each([
    ['shared_secret', webhookSecret, webhookSecret],
    ['old_secret', `new-secret,${webhookSecret}`, null],
  ])('finds %s once a delivery has shown it, and repairs it', async (code, secrets, token) => {
    const { addHook, codesOf, post, simulator, trigger, finished } = await begin({
      env: { WEBHOOK_SECRET: secrets },
    });
    addHook(token === null ? {} : { token });
    expect(await codesOf()).toEqual([]);
    simulator.setAutoRun('group/app', true);
    const { id } = await trigger({ project: 'group/app', ref: 'main' });
    await finished(id);
    expect(await codesOf()).toEqual([code]);
    expect(await post('doctor', { fix: true })).toMatchObject({ findings: [], repaired: [{ code }] });
  });
});
