import { expect, test } from 'vitest';
import { node, run } from '../support/run-command.ts';

/** Has a process say on stderr how many milliseconds of a processor it took. */
const tellTime = `data:text/javascript,process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(String((user + system) / 1000));
})`;

test('--help is there within 300 ms', async () => {
  const times: number[] = [];
  for (let each = 0; each < 5; each += 1) {
    const { code, stderr } = await run(node, ['--import', tellTime, 'src/cli.ts', '--help']);
    expect(code).toBe(0);
    times.push(Number(stderr));
  }
  // Nothing is waited for, so alone on a machine it takes no longer; how busy this one is does not count.
  expect(Math.min(...times)).toBeGreaterThan(10);
  expect(Math.min(...times)).toBeLessThan(300);
});
