import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerId } from '../../src/domain/ids.ts';
import type { TriggerView } from '../../src/api/trigger-view.ts';
import { audience, policyFile, startJob } from '../support/id-tokens.ts';
import { adminToken, startService } from '../support/start-service.ts';

const policy = policyFile(`
rules:
  - name: green ships
    from: {project_path: group/green}
    to: {project: group/app, ref: main, variables: [VERSION]}
  - name: production
    from: {project_path: group/green, environment: production}
    to: {project: group/manual, ref: main, onManual: [fail, play], jobs: deploy, retry: true}
  - name: reviewed
    from: {project_path: group/green, ref_protected: any, environment: review/*}
    to: {project: group/manual, ref: main}
  - name: secret-plans
    from: {project_path: hidden/*}
    to: {project: hidden/target, ref: hidden-ref}
`);

const lines: object[] = [];
const note = (fields: object, message: string): void => void lines.push({ ...fields, message });
const world = await startService({
  env: { OIDC_AUDIENCE: audience, POLICY_FILE: policy.file },
  log: { info: note, warn: note, error: note },
});
afterAll(async () => {
  await world.stop();
  policy.remove();
});

const job = await startJob(world.simulator, 'group/green');
const idToken = await job.token();
const plain = { project: 'group/app', ref: 'main' };

const start = async (token: string, body: object = plain, headers: Record<string, string> = {}) =>
  world.call('POST', '/v1/triggers', { token, body, headers });
const started = async (token: string, body?: object): Promise<TriggerView> => {
  const answer = await start(token, body);
  expect(answer.text).toContain('"trg_');
  return answer.json as TriggerView;
};
const denial = async (token: string, body?: object): Promise<string> => {
  const answer = await start(token, body);
  expect(answer.json).toMatchObject({ type: '/problems/forbidden', status: 403 });
  return (answer.json as { detail: string }).detail;
};
const keyReads = (simulator: { requests: readonly { path: string }[] }): number =>
  simulator.requests.filter(({ path }) => path === '/oauth/discovery/keys').length;
const inProduction = { claims: { environment: 'production' } };

test('a job without a secret starts what the policy allows', async () => {
  const answer = await start(idToken, { ...plain, variables: { VERSION: '1.2.3' } });
  expect(answer.status).toBe(202);
});

describe('on whose behalf the pipeline runs', () => {
  const upstreamOf = async ({ id }: TriggerView) =>
    (await world.service.store.triggers.find(id as TriggerId))?.trigger.request.upstream;
  const own = { project: 'group/green', pipelineId: job.pipelineId, jobId: job.jobId };

  test('GitLab says', async () => {
    expect(await upstreamOf(await started(idToken))).toEqual(own);
    expect(await upstreamOf(await started(idToken, { ...plain, upstream: own }))).toEqual(own);
    const renamed = { ...own, project: 'group/app' };
    expect(await upstreamOf(await started(idToken, { ...plain, upstream: renamed }))).toEqual(own);
    const { jobId: _left, ...pipeline } = own;
    expect(await upstreamOf(await started(idToken, { ...plain, upstream: pipeline }))).toEqual(own);
  });

  test('a request cannot say otherwise', async () => {
    for (const other of [
      { ...own, jobId: own.jobId + 1 },
      { ...own, pipelineId: 1 },
    ])
      expect(await denial(idToken, { ...plain, upstream: other })).toBe(
        'upstream: this is not the job that the id_token was made for',
      );
  });
});

describe('what the policy does not allow is denied, with a reason', () => {
  test.each<[string, object, string]>([
    ['a ref', { ref: 'feature/slash' }, 'to.ref: feature/slash'],
    ['a project', { project: 'group/failing' }, 'to.project: group/failing'],
    ['a project by its id, by the path that it has', { project: 3 }, 'to.project: group/failing'],
    ['a variable', { variables: { DEBUG: 'canary' } }, 'to.variables: DEBUG'],
    ['an input', { inputs: { env: 'canary' } }, 'to.inputs: env'],
    ['what manual jobs are for', { onManual: 'play' }, 'to.onManual: play'],
    ['a retry', { retry: true }, 'to.retry: retry or pipelineId'],
    ['a retry by the service', { autoRetry: {} }, 'to.retry: autoRetry'],
    ['a token', { apiToken: 'canary' }, 'to.apiToken: an apiToken'],
    ['a trigger token', { triggerToken: 'canary' }, 'to.triggerToken: a triggerToken'],
  ])('%s', async (_what, changed, reason) => {
    const detail = await denial(idToken, { ...plain, ...changed });
    expect(detail).toContain(`rule 1 does not allow ${reason}`);
    expect(detail).not.toContain('canary');
  });

  test('a job on a ref that is not protected', async () => {
    const branch = await startJob(world.simulator, 'group/green', 'build', 'feature/slash');
    expect(await denial(await branch.token())).toContain('rule 1 does not allow from.ref_protected: false');
  });

  test('a job that names no environment, or another', async () => {
    const body = { project: 'group/manual', ref: 'main', onManual: 'play' };
    expect(await denial(idToken, body)).toContain('from.environment: no environment');
    expect((await start(await job.token(inProduction), body)).status).toBe(202);
  });

  test('a merge request of a fork, and one that may be', async () => {
    const claims = { pipeline_source: 'merge_request_event', project_path: 'group/green' };
    const fork = await job.token({ claims: { ...claims, project_id: '99' } });
    expect(await denial(fork)).toContain('from.forks: a merge request that may be of a fork');
    const silent = { job_project_id: undefined, job_project_path: undefined };
    expect(await denial(await job.token({ claims: { ...claims, ...silent } }))).toContain('from.forks');
    expect((await start(await job.token({ claims }))).status).toBe(202);
  });

  test('a project that no rule is about', async () => {
    const outsider = await startJob(world.simulator, 'group/failing');
    expect(await denial(await outsider.token())).toBe('the policy has no rule for jobs of group/failing');
  });

  test("nothing is said about other projects' rules, nor what else is allowed", async () => {
    const details = await Promise.all([
      denial(idToken, { project: 'hidden/target', ref: 'hidden-ref' }),
      denial(await (await startJob(world.simulator, 'group/failing')).token()),
      denial(idToken, { ...plain, ref: 'other' }),
    ]);
    const said = details
      .join('\n')
      .replaceAll('to.project: hidden/target', '')
      .replaceAll('to.ref: hidden-ref', '');
    for (const word of ['hidden', 'secret-plans', 'production', 'review', 'ships', 'VERSION', 'deploy'])
      expect(said).not.toContain(word);
  });

  test('the operator finds it in the log, by the job', async () => {
    await denial(idToken, { ...plain, ref: 'nowhere' });
    expect(lines).toContainEqual({
      message: 'the policy denies it',
      caller: `project:${job.projectId}:protected`,
      jobId: job.jobId,
      reason: expect.stringContaining('to.ref: nowhere') as string,
    });
  });
});

describe('the triggers of a project', () => {
  test('are there for its jobs, those of protected refs apart from others, and for nobody else', async () => {
    const { id } = await started(idToken);
    const path = `/v1/triggers/${id}`;
    const next = await startJob(world.simulator, 'group/green', 'unit');
    expect((await world.call('GET', path, { token: await next.token() })).status).toBe(200);
    const others = [
      await (await startJob(world.simulator, 'group/failing')).token(),
      await (await startJob(world.simulator, 'group/green', 'build', 'feature/slash')).token(),
      await job.token({ claims: { pipeline_source: 'merge_request_event', job_project_id: undefined } }),
    ];
    for (const token of others) {
      for (const [method, which] of [
        ['GET', path],
        ['GET', `${path}/wait?wait=1`],
        ['GET', `${path}/events`],
        ['GET', `${path}/log`],
        ['POST', `${path}/cancel`],
        ['POST', `${path}/play`],
        ['POST', `${path}/retry`],
        ['POST', `${path}/reconcile`],
      ] as const)
        expect((await world.call(method, which, { token })).status).toBe(404);
      const page = (await world.call('GET', '/v1/triggers?state=all', { token })).json as {
        items: unknown[];
      };
      expect(page.items).toEqual([]);
    }
    const listed = (await world.call('GET', '/v1/triggers?limit=200', { token: idToken })).json;
    expect((listed as { items: TriggerView[] }).items.map((each) => each.id)).toContain(id);
    expect((await world.call('GET', path, { token: adminToken })).status).toBe(200);
  });

  test('have Idempotency-Keys of their own', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = (await start(idToken, plain, headers)).json as TriggerView;
    const again = (await start(await job.token(), plain, headers)).json as TriggerView;
    expect(again.id).toBe(first.id);
    const admins = (await start(adminToken, plain, headers)).json as TriggerView;
    expect(admins.id).not.toBe(first.id);
    expect((await start(idToken, { ...plain, variables: { VERSION: '2' } }, headers)).status).toBe(422);
  });

  test('are canceled, but played and retried only as the policy allows to start them', async () => {
    const { id } = await started(idToken);
    for (const how of ['play', 'retry']) {
      const answer = await world.call('POST', `/v1/triggers/${id}/${how}`, { token: idToken });
      expect(answer.status).toBe(403);
    }
    expect((await world.call('POST', `/v1/triggers/${id}/cancel`, { token: idToken })).status).toBe(202);

    const production = await job.token(inProduction);
    const manual = await started(production, { project: 'group/manual', ref: 'main', onManual: 'play' });
    const play = (token: string, body?: object) =>
      world.call('POST', `/v1/triggers/${manual.id}/play`, {
        token,
        ...(body === undefined ? {} : { body }),
      });
    expect((await play(idToken)).status).toBe(403);
    expect((await play(production, { jobs: ['rollback'] })).status).toBe(403);
    expect((await play(production, { jobs: ['deploy'] })).status).toBe(202);
    expect((await play(production)).status).toBe(202);
    expect((await world.call('POST', `/v1/triggers/${manual.id}/retry`, { token: idToken })).status).toBe(
      403,
    );
    expect((await world.call('POST', `/v1/triggers/${manual.id}/retry`, { token: production })).status).toBe(
      202,
    );
  });

  test('are played and retried from the pages only as the policy allows to start them, too', async () => {
    const production = await job.token(inProduction);
    const { id } = await started(production, { project: 'group/manual', ref: 'main' });
    const done = async () =>
      (await world.service.store.audit.list({ subject: id, actor: null, limit: 9, cursor: null })).items
        .map(({ action }) => action)
        .toReversed();
    const press = async (token: string, how: string, fields: Record<string, string> = {}) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = new URLSearchParams(fields).toString();
      await world.call('POST', `/triggers/${id}/${how}`, { token, headers, body });
    };
    await press(idToken, 'play');
    await press(production, 'play', { job: 'rollback' });
    await press(idToken, 'retry');
    expect(await done()).toEqual(['trigger.start']);
    await press(production, 'play', { job: 'deploy' });
    await press(production, 'retry');
    expect(await done()).toEqual(['trigger.start', 'trigger.play', 'trigger.retry']);
  });

  test('are not what is for admins', async () => {
    const { id } = await started(idToken);
    const body = { outcome: 'success', reason: 'trust me' };
    expect((await world.call('POST', `/v1/triggers/${id}/resolve`, { token: idToken, body })).status).toBe(
      403,
    );
    expect((await world.call('GET', '/v1/deliveries', { token: idToken })).status).toBe(403);
  });
});

describe('an id_token', () => {
  const refusal = {
    type: '/problems/unauthorized',
    title: 'Authentication is missing or wrong',
    status: 401,
    detail: 'the bearer token is not valid: unknown, expired or revoked',
  };
  const list = (token: string) => world.call('GET', '/v1/triggers', { token });

  test('is refused like any wrong token', async () => {
    const [header = '', content = '', signature = ''] = idToken.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const wrong = [
      await job.token({ aud: 'https://vault.example.com' }),
      await job.token({ claims: { iss: 'https://gitlab.example.com' } }),
      await job.token({ seconds: -1 }),
      await job.token({ claims: { nbf: Math.floor(Date.now() / 1000) + 60 } }),
      `${header}.${content}.${signature.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))}`,
      `${header}.${content}.`,
      `${none}.${content}.`,
      `${header}.${content}`,
    ];
    for (const token of wrong) {
      const answer = await list(token);
      expect(answer.json).toEqual(refusal);
      expect(answer.status).toBe(401);
    }
  });
});

describe('the keys of GitLab', () => {
  test('are read once for a faulty of tokens with unknown ones', async () => {
    const fresh = await startService({ env: { OIDC_AUDIENCE: audience } });
    try {
      const own = await startJob(fresh.simulator, 'group/green');
      const [, content = '', signature = ''] = (await own.token()).split('.');
      const faulty = Array.from({ length: 200 }, (_, index) => {
        const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: `kid-${index}` })).toString(
          'base64url',
        );
        return fresh.call('GET', '/v1/triggers', { token: `${header}.${content}.${signature}` });
      });
      const statuses = (await Promise.all(faulty)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([401]));
      expect((await fresh.call('GET', '/v1/triggers', { token: await own.token() })).status).toBe(200);
      expect(keyReads(fresh.simulator)).toBe(1);
    } finally {
      await fresh.stop();
    }
  });

  test('are missed while GitLab is away: what cannot be checked is asked again, not given up', async () => {
    const logged: string[] = [];
    const record = (_fields: object, message: string): void => void logged.push(message);
    const fresh = await startService({
      env: { OIDC_AUDIENCE: audience },
      log: { info: record, warn: record, error: record },
    });
    try {
      const own = await startJob(fresh.simulator, 'group/green');
      fresh.simulator.faults.api.push({
        kind: 'status',
        status: 502,
        match: { path: '/oauth/discovery/keys' },
      });
      const tokens = [await own.token(), await own.token({ seconds: -1 })];
      for (const token of tokens) {
        const answer = await fresh.call('GET', '/v1/triggers', { token });
        expect(answer.json).toMatchObject({ type: '/problems/gitlab_unavailable', status: 503 });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(20);
      }
      // What needs no keys to be known for wrong is final.
      const none = Buffer.from('{"alg":"none"}').toString('base64url');
      const token = tokens[0]?.replace(/^[^.]+/, none) ?? '';
      expect((await fresh.call('GET', '/v1/triggers', { token })).status).toBe(401);
      expect((await fresh.call('GET', '/v1/triggers')).status).toBe(200);
      expect(keyReads(fresh.simulator)).toBe(1);
      // The log reports the failure once, not once for each request.
      expect(logged).toEqual(['the keys of id_tokens cannot be read from GitLab']);
    } finally {
      await fresh.stop();
    }
  });
});

describe('without a policy', () => {
  test('a job is known, but starts nothing; and nobody else is let in for that', async () => {
    const fresh = await startService({ env: { OIDC_AUDIENCE: audience, ADMIN_TOKEN: '' } });
    try {
      const token = await (await startJob(fresh.simulator, 'group/green')).token();
      expect((await fresh.call('GET', '/v1/triggers', { token })).status).toBe(200);
      const answer = await fresh.call('POST', '/v1/triggers', { token, body: plain });
      expect(answer.status).toBe(403);
      expect(answer.json).toMatchObject({ detail: 'the policy has no rule for jobs of group/green' });
      for (const other of [null, 'anything'])
        expect((await fresh.call('GET', '/v1/triggers', { token: other })).status).toBe(401);
    } finally {
      await fresh.stop();
    }
  });

  test('without OIDC_AUDIENCE it is nobody', async () => {
    const fresh = await startService();
    try {
      const token = await (await startJob(fresh.simulator, 'group/green')).token();
      expect((await fresh.call('GET', '/v1/triggers', { token })).status).toBe(401);
      expect(keyReads(fresh.simulator)).toBe(0);
    } finally {
      await fresh.stop();
    }
  });
});
