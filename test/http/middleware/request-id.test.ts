import supertest from 'supertest';
import { afterAll, expect, test } from 'vitest';
import { AppError } from '../../../src/domain/error.ts';
import { serverOver } from '../../support/server-over.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);
const idFor = async (path: string, given?: string): Promise<string | null> => {
  const headers = given === undefined ? {} : { 'x-request-id': given };
  return (await world.call('GET', path, { token: null, headers })).headers.get('x-request-id');
};

test('every answer has a name of its own', async () => {
  const names = await Promise.all(
    ['/healthz', '/v1/triggers', '/webhooks/gitlab', '/nowhere'].map((path) => idFor(path)),
  );
  for (const name of names) expect(name).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(new Set(names).size).toBe(names.length);
});

test('a harmless name is kept, another one is not', async () => {
  for (const name of ['a', '01HXYZ', 'trace:5_a.b-c', 'x'.repeat(128)])
    expect(await idFor('/healthz', name)).toBe(name);
  for (const name of ['', 'a b', '<script>', '"', 'x'.repeat(129), 'ü'])
    expect(await idFor('/healthz', name)).toMatch(/^[\da-f-]{36}$/);
});

test('a failure is logged with the name of its request', async () => {
  const lines: object[] = [];
  const log = { info: () => undefined, warn: () => undefined, error: (fields: object) => lines.push(fields) };
  const checkStore = () => Promise.reject(new AppError('storage_unavailable', 'the disk is full'));
  const app = serverOver(world, { checkStore, log });
  await supertest(app).get('/readyz').set('x-request-id', 'probe-7').expect(503);
  expect(lines).toEqual([
    { requestId: 'probe-7', method: 'GET', path: '/readyz', error: 'the disk is full' },
  ]);
});
