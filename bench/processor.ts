import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. Source: proc_pid_stat(5), sysconf(_SC_CLK_TCK) */
const tickMs = 10;

/** The time of the processor that a process has had so far, all its threads together, in milliseconds. */
export function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
