import { expect, test } from 'vitest';
import { problemKinds } from '../../../src/http/api/problems.ts';

/** Callers and curl decide by these numbers: a change of one is a change of the contract. */
const statuses = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  status_taken: 409,
  canceled: 409,
  pruned: 410,
  too_large: 413,
  unsupported_media_type: 415,
  key_reused: 422,
  not_playable: 422,
  no_approval: 422,
  not_retriable: 422,
  too_many_items: 422,
  gitlab_refused: 422,
  error: 422,
  manual: 423,
  failed: 424,
  skipped: 424,
  deadline: 424,
  too_many_requests: 429,
  internal: 500,
  gitlab_unavailable: 503,
  storage_unavailable: 503,
};

test('every kind of problem has its status', () => {
  const found = Object.fromEntries(problemKinds.map(({ code, status }) => [code, status]));
  expect(found).toEqual(statuses);
});

test('no two kinds of problem have the same title or advice', () => {
  for (const field of ['title', 'advice'] as const)
    expect(new Set(problemKinds.map((kind) => kind[field])).size).toBe(problemKinds.length);
});
