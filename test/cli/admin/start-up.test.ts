import { expect, test } from 'vitest';
import { processorTime } from '../../support/processor-time.ts';
import { pipelineTrigger } from '../../support/built.ts';

test('--help is there within 300 ms', async () => {
  expect(await processorTime([pipelineTrigger, '--help'])).toBeLessThan(300);
});
