import supertest from 'supertest';
import { afterAll, describe, expect, test } from 'vitest';
import { GitLabUnavailable } from '../../src/app/ports/gitlab-unavailable.ts';
import { AppError } from '../../src/domain/error.ts';
import { outcomes } from '../../src/domain/trigger/trigger.ts';
import type { Operation } from '../support/api-document.ts';
import { disagreements, operations, problemTypesOf } from '../support/api-document.ts';
import { pathOf, startApiWorld } from '../support/api-world.ts';
import type { Answer } from '../support/call.ts';
import { serverOver } from '../support/server-over.ts';

const world = await startApiWorld();
afterAll(world.stop);

/** What each operation was seen to answer with. */
const seen = new Map(operations.map((operation) => [operation, new Set<string>()]));

function see(
  operation: Operation,
  { status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>,
): void {
  const answer = { status, headers: Object.fromEntries(headers), body: text };
  expect(disagreements(operation, answer), `${operation.method} ${operation.path}`).toEqual([]);
  const isProblem = headers.get('content-type') === 'application/problem+json';
  const { type } = isProblem ? (JSON.parse(text) as { type: string }) : { type: '' };
  seen.get(operation)?.add(`${status} ${type}`.trim());
}

const examplesOf = ({ requestBody }: Operation): readonly unknown[] =>
  Object.values(requestBody?.content['application/json']?.examples ?? {}).map(({ value }) => value);

function named(name: string): Operation {
  const found = operations.find(({ operationId }) => operationId === name);
  if (found === undefined) throw new Error(`there is no operation ${name}`);
  return found;
}

const usualHeaders = ({ path }: Operation) => (path.startsWith('/webhooks') ? world.hookHeaders : {});

async function ask(
  operation: Operation,
  id: string,
  token: string | null,
  more: object = {},
  query = world.queryFor(operation),
) {
  const [body] = examplesOf(operation);
  const options = {
    token,
    headers: usualHeaders(operation),
    ...(body === undefined ? {} : { body }),
    ...more,
  };
  const answer = await world.call(operation.method, `${pathOf(operation, id)}${query}`, options);
  see(operation, answer);
  return answer;
}

describe('every answer is as described', () => {
  test.each(outcomes)('POST /v1/triggers, when what was asked for before ended as %s', async (outcome) => {
    const asking = { body: { project: 'group/app', ref: 'main' }, headers: { 'idempotency-key': outcome } };
    for (const query of ['?mode=text', '?mode=follow', ''])
      await ask(named('createTrigger'), '', world.tokens.admin, asking, query);
    // The service holds requests only briefly here: after a 503 the test asks again, as curl does.
    let status = 503;
    while (status === 503)
      ({ status } = await ask(named('createTrigger'), '', world.tokens.admin, asking, '?wait=1'));
  });

  test('GET /v1/verdict, for a gate of each outcome, one that is pending and one that is none', async () => {
    const operation = named('upstreamVerdict');
    for (const query of world.gates)
      for (const mode of ['', '&mode=follow', '&mode=text'])
        await ask(operation, '', world.tokens.admin, {}, `${query}${mode}`);
  });

  test.each(operations)('$method $path, with each query and header', async (operation) => {
    const { admin } = world.tokens;
    for (const id of world.idsFor(operation)) {
      for (const { name, schema, in: where } of operation.parameters ?? []) {
        if (where === 'path') continue;
        for (const value of [...(schema.enum ?? []), '1', '*', '"x"', 'wait=1', 'taken', '', '999999']) {
          const headers = { ...usualHeaders(operation), [name]: String(value) };
          if (where === 'header') await ask(operation, id, admin, { headers });
          else await ask(operation, id, admin, {}, `?${name}=${encodeURIComponent(String(value))}`);
        }
      }
    }
  });

  test.each(operations)('$method $path, for each id and each caller', async (operation) => {
    for (const id of world.idsFor(operation))
      for (const token of [world.tokens.admin, world.tokens.reader, world.tokens.other, 'wrong', null])
        await ask(operation, id, token);
  });

  test.each(operations.filter(({ requestBody }) => requestBody !== undefined))(
    '$method $path, with each kind of body',
    async (operation) => {
      const { admin } = world.tokens;
      const [id = ''] = world.idsFor(operation);
      const taken = { 'idempotency-key': 'taken' };
      const crowded = Array<number>(1_001).fill(0);
      const tooMany = { jobs: Array.from({ length: 201 }, () => 'x') };
      const odd = [{}, [], null, crowded, tooMany, 'x', '{', 'x'.repeat(6 * 2 ** 20)];
      for (const body of [...examplesOf(operation), ...odd]) {
        await ask(operation, id, admin, { body });
        const headers = { ...usualHeaders(operation), 'content-type': 'text/plain' };
        await ask(operation, id, admin, { body, headers });
        const compressed = { ...usualHeaders(operation), 'content-encoding': 'gzip' };
        await ask(operation, id, admin, { body, headers: compressed });
      }
      if (operation.operationId !== 'createTrigger') return;
      const request = { project: 'group/green', ref: 'main' };
      await ask(operation, id, admin, { body: request, headers: taken });
      await ask(operation, id, admin, {
        body: { ...request, autoRetry: { reasons: ['script_failure'] } },
      });
    },
  );

  test('when the caller has seen all events', async () => {
    const operation = named('followEvents');
    const headers = { 'last-event-id': '999999999' };
    for (const id of world.idsFor(operation)) await ask(operation, id, world.tokens.admin, { headers });
  });

  test.each(operations.filter(({ path }) => path.startsWith('/v1/hooks')))(
    '$method $path, of a project that is not there',
    async (operation) => {
      const project = 'group/nowhere';
      const more = operation.method === 'POST' ? { body: { project } } : {};
      for (const which of [project, `${project}/*`])
        await ask(operation, '', world.tokens.admin, more, world.queryFor(operation, which));
    },
  );

  test('when a sender without the secret sends a webhook', async () => {
    await ask(named('receiveHook'), '', null, { headers: {} });
  });

  test.each([
    ['refuses', 403],
    ['does not answer', 502],
  ] as const)('when GitLab %s', async (_how, status) => {
    for (const operation of operations.filter(({ responses }) => '422' in responses && !('424' in responses)))
      for (const id of world.idsFor(operation)) {
        world.simulator.faults.api.push({ kind: 'status', status });
        await ask(operation, id, world.tokens.admin);
        world.simulator.faults.api.splice(0);
      }
  });

  test.each([
    ['the database is out of order', new AppError('storage_unavailable', 'the disk is full')],
    [
      'GitLab’s keys cannot be had',
      new GitLabUnavailable('no answer', { retryAfterMs: null, inDoubtMs: null }),
    ],
    ['there were too many requests', new AppError('too_many_requests', 'too many')],
    ['we made a mistake', new Error('boom')],
  ])('when %s', async (_when, error) => {
    const fail = () => Promise.reject(error);
    const app = serverOver(world, { authenticate: fail, checkStore: fail, receiveDelivery: fail });
    for (const operation of operations) {
      // Who asks there is not looked up anywhere.
      const isForCallers = operation.security.some((scheme) => 'bearer' in scheme);
      if (error instanceof GitLabUnavailable && !isForCallers) continue;
      const isLimited = operation.security.length > 0;
      if (error instanceof AppError && error.code === 'too_many_requests' && !isLimited) continue;
      const path = pathOf(operation, world.idsFor(operation)[0] ?? '');
      const isPost = operation.method === 'POST';
      const request = isPost ? supertest(app).post(path).send({}) : supertest(app).get(path);
      const { status, headers, text } = await request.set('authorization', 'Bearer x');
      see(operation, { status, headers: new Headers(headers), text });
    }
  });

  test('and nothing is described that was not seen', () => {
    const unseen = operations.flatMap((operation) => {
      const answers = [...(seen.get(operation) ?? [])];
      return Object.keys(operation.responses)
        .flatMap((status) => {
          const types = problemTypesOf(operation, status);
          return types.length > 0 ? types.map((type) => `${status} ${type}`) : [status];
        })
        .filter((answer) => !answers.includes(answer))
        .map((answer) => `${operation.method} ${operation.path} ${answer}`);
    });
    expect(unseen).toEqual([]);
  });
});
