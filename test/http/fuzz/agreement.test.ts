import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Operation } from '../../support/api-document.ts';
import { disagreements, faultsIn, operations } from '../../support/api-document.ts';
import { pathOf, startApiWorld } from '../../support/api-world.ts';
import { isLong } from '../../support/long.ts';
import { exchange } from '../../support/raw-exchange.ts';
import { valuesOf } from '../../support/values-of.ts';
import { anyMutated } from './any-body.ts';
import { oddHeaders, queries } from './odd-requests.ts';

const world = await startApiWorld();
afterAll(world.stop);

const numRuns = isLong ? 2_000 : 25;
const timeout = isLong ? 3_600_000 : 120_000;
const { admin, reader, other } = world.tokens;

const anyQueryOf = ({ parameters = [] }: Operation): fc.Arbitrary<string> => {
  const members = parameters
    .filter(({ in: where }) => where === 'query')
    .map(({ name, schema }) => [name, valuesOf(schema)] as const);
  const made = fc
    .record(Object.fromEntries(members), { requiredKeys: [] })
    .map((query) => `?${new URLSearchParams(query as Record<string, string>).toString()}`);
  return fc.oneof(made, fc.constantFrom(...queries));
};

interface Body {
  readonly text: string;
  /** By its schema; undefined where there is none. */
  readonly isValid: boolean | undefined;
}

function anyBodyOf({ requestBody }: Operation): fc.Arbitrary<Body> {
  const content = requestBody?.content['application/json'];
  if (content === undefined) return fc.constant({ text: '', isValid: undefined });
  const examples = Object.values(content.examples ?? {}).map(({ value }) => value);
  const made = valuesOf(content.schema).map((value) => JSON.stringify(value));
  return fc
    .oneof({ weight: 3, arbitrary: made }, { weight: 2, arbitrary: anyMutated(examples) })
    .map((text) => ({
      text,
      isValid: faultsIn(JSON.parse(text), content.schema).length === 0,
    }));
}

const anyToken = fc.constantFrom(admin, admin, admin, reader, other, 'wrong');

const named = (name: string): Operation | undefined =>
  operations.find(({ operationId }) => operationId === name);

describe('requests made of the document are answered as it says', () => {
  test.each(operations)(
    '$method $path',
    async (operation) => {
      const anyRequest = fc.record({
        id: fc.constantFrom(...world.idsFor(operation)),
        query: anyQueryOf(operation),
        body: anyBodyOf(operation),
        odd: fc.constantFrom(...oddHeaders),
        token: anyToken,
        isHead: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(anyRequest, async ({ id, query, body, odd, token, isHead }) => {
          const headers = {
            authorization: `Bearer ${token}`,
            ...world.hookHeaders,
            ...(body.text === '' ? {} : { 'content-type': 'application/json' }),
            ...odd,
          };
          // A stream that does not end is no exchange.
          const isEndless = operation.operationId === 'followTriggers';
          const method = operation.method === 'GET' && (isHead || isEndless) ? 'HEAD' : operation.method;
          const path = `${pathOf(operation, id)}${query}`;
          const answer = await exchange(world.url, { method, path, headers, body: body.text });
          // What is hardly a request Node itself answers, and bytes that come in chunks are not put together here.
          if (answer.headers['x-content-type-options'] !== 'nosniff') return;
          expect(disagreements({ ...operation, method }, answer)).toEqual([]);
        }),
        { numRuns },
      );
    },
    timeout,
  );
});

describe('what a body’s schema says of it, the service says', () => {
  test.each(
    ['createTrigger', 'playJobs', 'cancelTrigger', 'resolveTrigger'].flatMap((name) => named(name) ?? []),
  )(
    '$method $path',
    async (operation) => {
      const [id = ''] = world.idsFor(operation);
      await fc.assert(
        fc.asyncProperty(anyBodyOf(operation), async ({ text, isValid }) => {
          const answer = await world.call(operation.method, pathOf(operation, id), { body: text });
          const { detail = '' } = (answer.json ?? {}) as { detail?: string };
          // What no schema can say: half a surrogate pair, our own variable, depth, names that JSON repeats, and which
          // members exclude each other.
          const isBeyond =
            /Unicode text|PIPELINE_TRIGGER_ID|nested too deeply|only a rule that|cannot be given together|^report:/.test(
              detail,
            );
          if (isValid === true && !isBeyond) expect(answer.status, answer.text).not.toBe(400);
          const isTooMuch = /\/problems\/(?:too_many_items|not_retriable)/.test(answer.text);
          if (isValid === false) expect(answer.status, text).toBe(isTooMuch ? 422 : 400);
        }),
        { numRuns: numRuns * 4 },
      );
    },
    timeout,
  );
});

describe('a method that is not described', () => {
  const paths = [...new Set(operations.map(({ path }) => path))];
  test.each(paths)('is refused at %s, and those that are are said', async (path) => {
    const here = operations.filter((operation) => operation.path === path);
    const [first] = here;
    if (first === undefined) throw new Error('no operation');
    const methods = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
      if (methods.includes(method)) continue;
      const headers = { authorization: `Bearer ${admin}` };
      const answer = await exchange(world.url, { method, path: pathOf(first, 'x'), headers });
      expect(answer).toMatchObject({ status: 405, headers: { allow: methods.toSorted().join(', ') } });
      expect(JSON.parse(answer.body)).toMatchObject({ type: '/problems/method_not_allowed' });
    }
  });
});
