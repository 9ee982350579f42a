import { expect, test } from 'vitest';
import { runCli } from '../support/run-command.ts';

test('the demo plays the manual job, releases both callers and ends by itself', async () => {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await runCli(['demo']);
  expect(code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(stdout).toMatch(/caller B {2}hears {2}played: deploy\n/);
  expect(stdout).toMatch(/caller A {2}is released with status 200: success\n/);
  expect(stdout).toMatch(/caller B {2}hears {2}result: success\n/);
  expect(stdout).toMatch(/the service called GitLab 5 times/);
  expect(stderr).toBe('');
  // Each line says when; the times only grow.
  const times = stdout
    .trimEnd()
    .split('\n')
    .map((line) => Number(/^ *(\d+\.\d\d) s {2}/.exec(line)?.[1]));
  expect(times.length).toBeGreaterThan(20);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});
