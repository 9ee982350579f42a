import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compositeStatus, hasWarnings, statusOfNeeds } from '../../../simulator/engine/composite.ts';
import type { StatusSource } from '../../../simulator/engine/composite.ts';
import { statuses } from '../../../simulator/engine/status.ts';
import type { Status } from '../../../simulator/engine/status.ts';

/** `failed?` is a failed job that is allowed to fail. */
function jobs(text: string): StatusSource[] {
  return text.split(' ').map((word) => ({
    status: word.replace('?', '') as Status,
    allowFailure: word.endsWith('?'),
  }));
}

describe('the status of many jobs', () => {
  test.each([
    ['skipped', 'skipped'],
    ['skipped manual?', 'skipped'],
    ['success', 'success'],
    ['success failed?', 'success'],
    ['success canceled? skipped', 'success'],
    ['success manual?', 'success'],
    ['failed?', 'success'],
    ['created', 'created'],
    ['created failed? manual?', 'created'],
    ['preparing', 'preparing'],
    ['canceled success skipped', 'canceled'],
    ['pending created skipped', 'pending'],
    ['pending success', 'running'],
    ['running failed', 'running'],
    ['pending manual', 'running'],
    ['waiting_for_resource manual', 'waiting_for_resource'],
    ['waiting_for_callback manual', 'waiting_for_callback'],
    ['manual success', 'manual'],
    ['manual scheduled', 'manual'],
    ['scheduled success', 'scheduled'],
    ['preparing success', 'preparing'],
    ['created success', 'running'],
    ['created skipped', 'pending'],
    ['canceling success', 'canceling'],
    ['failed success', 'failed'],
    ['failed canceled', 'failed'],
  ])('%s: %s', (given, expected) => {
    expect(compositeStatus(jobs(given))).toBe(expected);
  });

  test('is manual although a required job has failed', () => {
    expect(compositeStatus(jobs('failed manual created'))).toBe('manual');
  });

  test('is success without any job', () => {
    expect(compositeStatus([])).toBe('success');
  });

  test('does not depend on the order or number of the jobs', () => {
    const job = fc.record({ status: fc.constantFrom(...statuses), allowFailure: fc.boolean() });
    fc.assert(
      fc.property(fc.array(job), (list) => {
        expect(compositeStatus([...list, ...list].reverse())).toBe(compositeStatus(list));
      }),
    );
  });
});

test.each([
  ['success', 'success'],
  ['success failed?', 'success'],
  ['success running', 'pending'],
  ['success manual', 'pending'],
  ['success manual?', 'skipped'],
  ['running skipped', 'skipped'],
  ['failed success', 'failed'],
  ['canceled success', 'canceled'],
])('needs that are %s count as %s', (given, expected) => {
  expect(statusOfNeeds(jobs(given))).toBe(expected);
});

test('an allowed failure is a warning, an allowed manual job is not', () => {
  expect(hasWarnings(jobs('success failed?'))).toBe(true);
  expect(hasWarnings(jobs('success manual? failed'))).toBe(false);
});
