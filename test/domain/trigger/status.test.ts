import { describe, expect, test } from 'vitest';
import { isBehind, isKnownStatus, phase } from '../../../src/domain/trigger/status.ts';

/** GitLab's groups. Source: GitLab app/models/concerns/ci/has_status.rb */
const groups = {
  alive: [
    'created',
    'waiting_for_resource',
    'preparing',
    'waiting_for_callback',
    'pending',
    'running',
    'canceling',
  ],
  blocked: ['manual', 'scheduled'],
  complete: ['success', 'failed', 'canceled', 'skipped'],
} as const;

describe.each(Object.entries(groups))('%s', (expected, statuses) => {
  test.each(statuses)('%s', (status) => {
    expect([phase(status), isKnownStatus(status)]).toEqual([expected, true]);
  });
});

test.each(['meditating', '', 'SUCCESS', 'toString', '__proto__'])(
  'of "%s" nothing is known: it lives on',
  (status) => {
    expect([phase(status), isKnownStatus(status)]).toEqual(['alive', false]);
  },
);

describe('a job cannot go back', () => {
  const ways = [
    ['created', 'pending', 'running', 'success'],
    ['created', 'waiting_for_resource', 'pending', 'running', 'canceling', 'canceled'],
    ['created', 'scheduled', 'pending', 'running', 'failed'],
    ['skipped', 'manual', 'pending', 'running', 'failed'],
  ] as const;

  test.each(ways.map((way) => [way]))('on the way %s', (way) => {
    for (const [index, earlier] of way.entries())
      for (const later of way.slice(index + 1))
        expect([isBehind(earlier, later), isBehind(later, earlier), isBehind(later, later)]).toEqual([
          true,
          false,
          false,
        ]);
  });

  test('but from one rank it may go either way', () => {
    expect(isBehind('created', 'skipped') || isBehind('skipped', 'created')).toBe(false);
    expect(isBehind('manual', 'scheduled') || isBehind('scheduled', 'manual')).toBe(false);
  });

  test('of statuses that are not known nothing is said', () => {
    expect(isBehind('meditating', 'success') || isBehind('created', 'meditating')).toBe(false);
  });
});

/** From the first to the last: of two in one row neither is behind the other. */
const ranks = [
  ['created', 'skipped'],
  ['waiting_for_resource', 'preparing', 'waiting_for_callback', 'manual', 'scheduled'],
  ['pending'],
  ['running'],
  ['canceling'],
  ['success', 'failed', 'canceled'],
];

test.each(ranks.map((row, rank) => [row.join(', '), rank] as const))(
  'a job that shows %s is behind what comes later, and nothing else',
  (_names, rank) => {
    for (const seen of ranks[rank] ?? [])
      for (const [other, row] of ranks.entries())
        for (const known of row)
          expect([seen, known, isBehind(seen, known)]).toEqual([seen, known, rank < other]);
  },
);

test('a status that is not known is never behind, and nothing is behind it', () => {
  expect([isBehind('dreaming', 'success'), isBehind('created', 'dreaming')]).toEqual([false, false]);
});
