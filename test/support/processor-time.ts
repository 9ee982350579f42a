import { node, run } from './run-command.ts';

/** Has a process say in the end, on stderr, how many milliseconds of a processor it took. */
const tellTime = `data:text/javascript,process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(String((user + system) / 1000));
})`;

/**
 * How long a command takes that waits for nothing, in milliseconds: the best of five runs, in time of the processor. How
 * busy the machine is does not count.
 * @throws Error when it does not end with 0, or says something on stderr
 */
export async function processorTime(args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let each = 0; each < 5; each += 1) {
    const { code, stderr } = await run(node, ['--import', tellTime, ...args]);
    const time = Number(stderr);
    if (code !== 0 || !(time > 0)) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    times.push(time);
  }
  return Math.min(...times);
}
