import { expect, test } from 'vitest';
import { processorTime } from '../../support/processor-time.ts';
import { trigger as triggerCommand } from '../../support/built.ts';

test('--help is there within 300 ms', async () => {
  expect(await processorTime([triggerCommand, '--help'])).toBeLessThan(300);
});
