import { expect, test } from 'vitest';
import type { Authenticate } from '../../../src/http/middleware/authenticate.ts';
import { createThrottledAuthenticate } from '../../../src/http/middleware/throttled-authenticate.ts';
import { createLimits } from '../../../src/http/middleware/rate-limits.ts';

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
