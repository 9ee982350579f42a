import { expect, test } from 'vitest';
import { node, run } from '../support/run-command.ts';

/** Prints how large the space of young objects has become in MiB, limited or not, while many objects survive. */
const script = (isLimited: boolean): string => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { limitHeapGrowth } from './src/platform/heap-growth.ts';
  limitHeapGrowth(true);
  if (!${isLimited}) limitHeapGrowth(false);
  let kept = [];
  for (let index = 0; index < 2_000_000; index += 1) kept.push({ index, list: [index] });
  const [young] = getHeapSpaceStatistics().filter(({ space_name }) => space_name === 'new_space');
  console.log(Math.round(young.space_size / 2 ** 20));`;

async function youngSpaceMiB(isLimited: boolean): Promise<number> {
  const { stdout, stderr } = await run(node, ['--input-type=module', '-e', script(isLimited)]);
  expect(stderr).toBe('');
  return Number(stdout);
}

test(
  'the space of young objects stays small while it is limited, and grows once it is not',
  { timeout: 60_000 },
  async () => {
    const [limited, free] = [await youngSpaceMiB(true), await youngSpaceMiB(false)];
    expect(limited).toBeGreaterThan(0);
    expect(free).toBeGreaterThanOrEqual(limited * 2);
  },
);
