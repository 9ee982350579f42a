import { Validator } from '@seriousme/openapi-schema-validator';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { problemKinds } from '../../../src/http/api/problems.ts';
import { expressPath } from '../../../src/http/api/route.ts';
import { routes } from '../../../src/http/api/routes/all.ts';
import { apiDocument, examplesIn, faultsIn } from '../../support/api-document.ts';
import { realRoutes } from '../../support/real-routes.ts';
import { serverOver } from '../../support/server-over.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

describe('/openapi.json', () => {
  test('is a valid OpenAPI 3.1 document of this version, for everyone', async () => {
    const answer = await world.call('GET', '/openapi.json', { token: null });
    expect(answer.status).toBe(200);
    const validator = new Validator();
    const { valid } = await validator.validate(answer.json as Record<string, unknown>);
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(answer.json).toMatchObject({ info: { version } });
  });

  test('holds nothing of how the service is set up', async () => {
    const { text } = await world.call('GET', '/openapi.json');
    for (const setting of [world.simulator.url, world.databaseFile, 'admin-token', 'webhook-secret'])
      expect(text).not.toContain(setting);
  });
});

test('every route is described, and every description has its route', () => {
  const described = routes.map((route) => `${route.method} ${expressPath(route)}`);
  expect(realRoutes(serverOver(world, {}))).toEqual(described.toSorted());
});

test('no two routes have the same name', () => {
  const names = routes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('every example is one of what it is an example of', () => {
  const examples = examplesIn(apiDocument);
  expect(examples.length).toBeGreaterThan(5);
  for (const { schema, value } of examples) expect(faultsIn(value, schema)).toEqual([]);
});

describe('what a problem names as its type', () => {
  test.each(problemKinds)('is explained: $code', async ({ code, status, title, advice }) => {
    const type = `/problems/${code}`;
    const answer = await world.call('GET', type, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ type, title, status, advice });
  });

  test('is not made up', async () => {
    expect((await world.call('GET', '/problems/nothing', { token: null })).status).toBe(404);
  });
});
