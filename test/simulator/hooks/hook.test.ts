import { describe, expect, test } from 'vitest';
import { alertStatus, countOutcome } from '../../../simulator/hooks/hook.ts';
import type { Hook } from '../../../simulator/hooks/hook.ts';
import { hookSettings } from '../../../simulator/scenario.ts';

const minute = 60_000;

function hookAfter(failures: number, now = 0): Hook {
  const settings = hookSettings.parse({ url: 'http://127.0.0.1/' });
  const hook: Hook = {
    ...{ id: 1, projectId: 1, groupPath: null, createdAt: 0, settings, events: [] },
    ...{ recentFailures: 0, disabledUntil: null },
  };
  for (let count = 0; count < failures; count += 1) countOutcome(hook, false, now);
  return hook;
}

describe('a hook that fails', () => {
  test.each([
    [3, null],
    [4, 1],
    [5, 2],
    [6, 4],
    [14, 1024],
    [15, 24 * 60],
    [39, 24 * 60],
  ])('%i times in a row rests for %s minutes', (failures, minutes) => {
    const hook = hookAfter(failures);
    expect(hook.disabledUntil).toBe(minutes === null ? null : minutes * minute);
  });

  test('4 times in a row works again when the time is over', () => {
    const hook = hookAfter(4);
    expect(alertStatus(hook, minute - 1)).toBe('temporarily_disabled');
    expect(alertStatus(hook, minute)).toBe('executable');
  });

  test('40 times in a row stays off', () => {
    expect(alertStatus(hookAfter(39), 10 ** 12)).toBe('executable');
    expect(alertStatus(hookAfter(40), 10 ** 12)).toBe('disabled');
  });

  test('is forgiven after one success', () => {
    const hook = hookAfter(40);
    countOutcome(hook, true, 0);
    expect(alertStatus(hook, 0)).toBe('executable');
    expect(hook.recentFailures).toBe(0);
  });
});
