import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import type { Authenticate } from '../../../src/http/middleware/authenticate.ts';
import { createThrottledAuthenticate } from '../../../src/http/middleware/authenticate.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { serverOver } from '../../support/server-over.ts';
import { adminToken, startService } from '../../support/start-service.ts';
import { createLimits } from '../../../src/http/middleware/rate-limits.ts';

const world = await startService();
afterAll(world.stop);

/** The authorization matrix derives every route; each wrong form is tried where a handler reads it and where none does. */
const everyPath: readonly (readonly [string, string])[] = [
  ['POST', '/v1/triggers'],
  ['GET', '/v1/triggers/no/where'],
];

/** Whether something came that could be a token. */
const isToken = ({ authorization = '' }: Readonly<Record<string, string>>): boolean =>
  /^Bearer \S/.test(authorization);

describe.each(everyPath)('%s %s', (method, path) => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['without a token', {}],
    ['with a wrong token', { authorization: 'Bearer wrong' }],
    ['with an empty token', { authorization: 'Bearer ' }],
    ['with more than a token', { authorization: `Bearer ${adminToken} x` }],
    [
      'with the token as a password',
      { authorization: `Basic ${Buffer.from(`admin:${adminToken}`).toString('base64')}` },
    ],
    [
      'with the token elsewhere',
      { 'x-gitlab-token': adminToken, 'private-token': adminToken, cookie: `token=${adminToken}` },
    ],
  ])('is refused %s', async (_how, headers) => {
    const answer = await world.call(method, path, { token: null, headers });
    expect(answer.json).toEqual({
      type: '/problems/unauthorized',
      title: 'Authentication is missing or wrong',
      status: 401,
      detail: isToken(headers)
        ? 'the bearer token is not valid: unknown, expired or revoked'
        : 'a bearer token is required, and none came: send `Authorization: Bearer …`',
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

test('the scheme may be written in any case', async () => {
  const headers = { authorization: `bearer  ${adminToken}` };
  expect((await world.call('GET', '/v1/triggers', { token: null, headers })).status).toBe(200);
});

test('a token in the query is none', async () => {
  expect(
    (await world.call('GET', `/v1/triggers?token=${adminToken}&access_token=${adminToken}`, { token: null }))
      .status,
  ).toBe(401);
});

test('without an ADMIN_TOKEN, on this machine only, everyone may do everything', async () => {
  const open = await startService({ env: { ADMIN_TOKEN: '' } });
  try {
    for (const token of [null, 'anything']) {
      expect((await open.call('GET', '/v1/triggers', { token })).status).toBe(200);
      expect((await open.call('GET', '/v1/deliveries', { token })).status).toBe(200);
    }
  } finally {
    await open.stop();
  }
});

describe('a caller who is no admin', () => {
  const callers: Readonly<Record<string, Caller>> = {
    admin: { id: 'admin', role: 'admin', projects: null },
    alice: { id: 'alice', role: 'trigger', projects: null },
    bob: { id: 'bob', role: 'trigger', projects: null },
    carol: { id: 'carol', role: 'trigger', projects: ['group/a*'] },
    reader: { id: 'reader', role: 'read', projects: null },
    narrow: { id: 'narrow', role: 'read', projects: ['group/green', 'other/**'] },
  };
  const authenticate: Authenticate = (token) =>
    Promise.resolve(token === null ? null : (callers[token] ?? null));
  const app = serverOver(world, { authenticate });
  const as = (name: string) => supertest.agent(app).set('authorization', `Bearer ${name}`);
  const bodyOf = async (request: supertest.Test): Promise<unknown> => (await request).body as unknown;

  async function triggerOf(name: string, key?: string): Promise<TriggerView> {
    const request = as(name).post('/v1/triggers').send({ project: 'group/app', ref: 'main' });
    if (key !== undefined) void request.set('idempotency-key', key);
    return (await bodyOf(request.expect(202))) as TriggerView;
  }

  test('sees and steers what is their own', async () => {
    const { id } = await triggerOf('alice');
    await as('alice').get(`/v1/triggers/${id}`).expect(200);
    await as('alice').post(`/v1/triggers/${id}/reconcile`).expect(202);
    await as('alice').get(`/v1/triggers/${id}/wait?wait=1&mode=text`).expect(200);
    await as('alice').post(`/v1/triggers/${id}/cancel`).expect(202);
  });

  test('does not find what is another’s, whatever they ask of it', async () => {
    const { id } = await triggerOf('alice');
    const asked = [
      as('bob').get(`/v1/triggers/${id}`),
      as('bob').get(`/v1/triggers/${id}/wait`),
      as('bob').get(`/v1/triggers/${id}/wait?mode=text`),
      as('bob').get(`/v1/triggers/${id}/events`),
      as('bob').get(`/v1/triggers/${id}/log`),
      ...['cancel', 'play', 'retry', 'reconcile'].map((how) => as('bob').post(`/v1/triggers/${id}/${how}`)),
      as('bob').post(`/v1/triggers/${id}/resolve`).send({ outcome: 'success', reason: 'mine now' }),
    ];
    for (const request of asked) {
      expect(await bodyOf(request.expect(404))).toMatchObject({
        type: '/problems/not_found',
        detail: 'there is no such trigger',
      });
    }
    await as('admin').get(`/v1/triggers/${id}`).expect(200);
  });

  test('lists what is their own, an admin all of it', async () => {
    const [one, other] = [await triggerOf('alice'), await triggerOf('bob')];
    const idsFor = async (name: string) => {
      const page = await bodyOf(as(name).get('/v1/triggers?limit=200').expect(200));
      return (page as { items: TriggerView[] }).items.map(({ id }) => id);
    };
    expect(await idsFor('alice')).toContain(one.id);
    expect(await idsFor('alice')).not.toContain(other.id);
    expect(await idsFor('admin')).toEqual(expect.arrayContaining([one.id, other.id]));
  });

  test('has Idempotency-Keys of their own', async () => {
    const [one, other] = [await triggerOf('alice', 'key'), await triggerOf('bob', 'key')];
    expect(other.id).not.toBe(one.id);
    expect((await triggerOf('alice', 'key')).id).toBe(one.id);
  });

  test('may not do what is for admins', async () => {
    const { id } = await triggerOf('alice');
    const asked = [
      as('alice').post(`/v1/triggers/${id}/resolve`).send({ outcome: 'success', reason: 'trust me' }),
      as('alice').get('/v1/deliveries'),
      as('alice').get('/v1/deliveries/dlv_1'),
      as('alice').post('/v1/deliveries/dlv_1/replay'),
    ];
    for (const request of asked) {
      expect(await bodyOf(request.expect(403).expect('content-type', 'application/problem+json'))).toEqual({
        type: '/problems/forbidden',
        title: 'This is not allowed',
        status: 403,
        detail: 'only an admin may see or do this',
      });
    }
  });

  test('who may only read sees everything, and changes nothing', async () => {
    const { id } = await triggerOf('alice');
    await as('reader').get(`/v1/triggers/${id}`).expect(200);
    await as('reader').get(`/v1/triggers/${id}/wait?wait=1&mode=text`).expect(200);
    const page = await bodyOf(as('reader').get('/v1/triggers?limit=200').expect(200));
    expect((page as { items: TriggerView[] }).items.map((trigger) => trigger.id)).toContain(id);
    for (const how of ['cancel', 'play', 'retry', 'reconcile'])
      await as('reader').post(`/v1/triggers/${id}/${how}`).expect(403);
    await as('reader').post('/v1/triggers').send({ project: 'group/app', ref: 'main' }).expect(403);
  });

  test('who is kept to projects reads only what is in them', async () => {
    const { id } = await triggerOf('alice');
    const green = (await bodyOf(
      as('alice').post('/v1/triggers').send({ project: 'group/green', ref: 'main' }).expect(202),
    )) as TriggerView;
    await as('narrow').get(`/v1/triggers/${id}`).expect(404);
    await as('narrow').get(`/v1/triggers/${green.id}`).expect(200);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = `state=all&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const body = await bodyOf(as('narrow').get(`/v1/triggers?${query}`).expect(200));
      const page = body as { items: TriggerView[]; nextCursor: string | null };
      seen.push(...page.items.map(({ project }) => project));
      cursor = page.nextCursor;
    }
    expect(new Set(seen)).toEqual(new Set(['group/green']));
  });

  test('who is kept to projects starts pipelines in them only, named by their paths', async () => {
    for (const project of ['group/app', 'GROUP/App'])
      await as('carol').post('/v1/triggers').send({ project, ref: 'main' }).expect(202);
    for (const project of ['group/green', 2, 'group/sub/app', 'xgroup/app'])
      await as('carol').post('/v1/triggers').send({ project, ref: 'main' }).expect(403);
  });
});

describe('throttled', () => {
  const key = `ptk_${'a'.repeat(42)}`;
  const idToken = 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln';

  function begin() {
    const tried: (string | null)[] = [];
    const right = new Set<string | null>(['operator', key, idToken]);
    const authenticate: Authenticate = (token) => {
      tried.push(token);
      return Promise.resolve(right.has(token) ? { id: 'ci', role: 'trigger', projects: null } : null);
    };
    const limited = createThrottledAuthenticate(authenticate, createLimits({ warn: () => undefined }));
    /** The result for a token: let in, refused, or the error code that asks the client to retry later. */
    const outcomeOf = async (token: string | null, from = '192.0.2.1'): Promise<string> => {
      try {
        return (await limited(token, from, undefined)) === null ? 'refused' : 'let in';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const guess = async (from = '192.0.2.1') => {
      for (let time = 0; time < 600; time += 1) await outcomeOf(`guess ${time}`, from);
    };
    return { tried, right, outcomeOf, guess };
  }

  test('lets in who may, and refuses who may not', async () => {
    const { outcomeOf } = begin();
    for (const token of ['operator', key, idToken]) expect(await outcomeOf(token)).toBe('let in');
    for (const token of ['wrong', 'ptk_wrong', null]) expect(await outcomeOf(token)).toBe('refused');
  });

  test('from an address that guesses nothing is tried any more that can be guessed', async () => {
    const { outcomeOf, guess, tried } = begin();
    await guess();
    const before = tried.length;
    expect(await outcomeOf('guess')).toBe('too_many_requests');
    expect(await outcomeOf('operator')).toBe('too_many_requests');
    expect(tried).toHaveLength(before);
    expect(await outcomeOf('operator', '192.0.2.2')).toBe('let in');
  });

  test('keys, id_tokens and what was right before are let in from there all the same', async () => {
    const { outcomeOf, guess } = begin();
    expect(await outcomeOf('operator', '192.0.2.9')).toBe('let in');
    await guess();
    for (const token of ['operator', key, idToken]) expect(await outcomeOf(token)).toBe('let in');
    expect(await outcomeOf('ptk_wrong')).toBe('too_many_requests');
    expect(await outcomeOf(null)).toBe('too_many_requests');
  });

  test('what was right before is looked at again', async () => {
    const { outcomeOf, guess, right } = begin();
    await outcomeOf('operator');
    await guess();
    right.delete('operator');
    expect(await outcomeOf('operator')).toBe('too_many_requests');
  });
});
