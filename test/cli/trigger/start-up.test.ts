import { expect, test } from 'vitest';
import { processorTime } from '../../support/processor-time.ts';

test('--help is there within 300 ms', { timeout: 30_000 }, async () => {
  expect(await processorTime(['src/bin/trigger.ts', '--help'])).toBeLessThan(300);
});
