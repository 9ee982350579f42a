import type { Request } from 'express';
import { expect, test } from 'vitest';
import { AppError } from '../../../src/domain/error.ts';
import { createTrigger } from '../../../src/http/api/create-trigger.ts';

test('a CI job that no rule names is refused before its body is read', async () => {
  const read: string[] = [];
  const request = {
    get: () => 'Bearer id-token',
    headers: {},
    query: {},
    method: 'POST',
    ip: '192.0.2.1',
    get body() {
      read.push('body');
      return Buffer.from('{');
    },
  } as unknown as Request;
  const answer = createTrigger({
    authenticate: () => Promise.resolve({ id: 'project:1', role: 'trigger', projects: null }),
    authorizer: {
      admit: () => {
        throw new AppError('forbidden', 'no rule');
      },
    },
  } as never);
  const answered = Promise.resolve(answer(request, {} as never, () => undefined));
  await expect(answered).rejects.toMatchObject({ code: 'forbidden' });
  expect(read).toEqual([]);
});
