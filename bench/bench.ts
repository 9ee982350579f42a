/** `npm run bench`: figures for the README and the notes, as ratios where a machine would make the difference. */
import { measurePages } from './dashboard.ts';
import { measureFlood } from './flood.ts';
import { measureGreedy } from './greedy.ts';
import { createLagMeter } from './hooks.ts';
import { measureHostile } from './hostile.ts';
import { measurePace } from './pace.ts';
import { measureRelease } from './release.ts';
import { measureSizes } from './size.ts';
import { measureStorage } from './storage.ts';
import { measureSweep } from './sweep.ts';
import { measureWaiterMemory, measureWaiters } from './waiters.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

print('From the end of a pipeline to the release of its waiter, over 200 triggers each:');
for (const { outcome, p50, p99, callsPerTrigger } of await measureRelease()) {
  const calls = Object.entries(callsPerTrigger).map(([kind, count]) => `${kind} ${count}`);
  print(
    `  ${outcome.padEnd(8)} p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; calls per trigger: ${calls.join(', ')}`,
  );
}

print('Hooks answered per second, 32 concurrent, median of 3 rounds:');
const figures = await createLagMeter();
const bare = figures[0]?.perSecond ?? NaN;
for (const { name, perSecond } of figures)
  print(
    `  ${name.padEnd(36)} ${perSecond.toFixed(0).padStart(6)}/s  ${(perSecond / bare).toFixed(2)} of node:http`,
  );

print('Hooks at a steady pace for 10 seconds while 10,000 callers wait, each answered 202:');
for (const { perSecond, p50, p99 } of await measurePace())
  print(`  ${String(perSecond).padStart(5)}/s  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);

const flood = await measureFlood();
const statusesOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([status, count]) => `${count} x ${status}`)
    .join(', ');
print('1,000 hooks a second of one address for 5 seconds, and 200 with a wrong secret of the same:');
print(
  `  ${statusesOf(flood.hooks)} after p50 ${flood.p50.toFixed(1)} ms, p99 ${flood.p99.toFixed(1)} ms; with a wrong secret ${statusesOf(flood.guesses)}`,
);

print('What 2,000 hooks take on disk, each:');
for (const { kind, bytesSent, bytesKept } of await measureSizes())
  print(
    `  ${kind.padEnd(8)} ${(bytesSent / 1024).toFixed(1)} KiB sent, ${(bytesKept / 1024).toFixed(1)} KiB kept`,
  );

const { calmMs, attackedMs } = await measureHostile();
print('100 hooks a second, undisturbed, and beside 5,000 half-open connections, slow clients and resets:');
print(
  `  p99 ${calmMs.toFixed(1)} ms and ${attackedMs.toFixed(1)} ms, a ratio of ${(attackedMs / calmMs).toFixed(2)}; median of 3 rounds`,
);

print('Requests that hold as much as a body may, and readers of long logs, three times each:');
for (const { attack, statuses, answerBytes, answerMs, holds, residentBytes } of await measureGreedy())
  print(
    `  ${attack.padEnd(62)} ${statuses.join(', ')} of ${answerBytes} bytes after ${answerMs.toFixed(0)} ms; event loop held ${holds.longestMs.toFixed(0)} ms at most (${holds.longestCpuMs.toFixed(0)} ms of the processor); ${(residentBytes / 2 ** 20).toFixed(0)} MB`,
  );

print('100 hooks a second for 10 seconds, on a database that cannot be written:');
for (const { trouble, statuses, p50, longest, holds, recoveryMs } of await measureStorage()) {
  const answers = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`);
  print(
    `  ${trouble.padEnd(21)} ${answers.join(', ')} after p50 ${p50.toFixed(0)} ms, at most ${longest.toFixed(0)} ms; event loop held ${holds.longestMs.toFixed(0)} ms (${holds.longestCpuMs.toFixed(0)} ms of CPU); well again after ${recoveryMs.toFixed(0)} ms`,
  );
}

print('Reads of GitLab for each of 100 triggers in 5 projects, SWEEP_SECONDS 60:');
for (const { name, lists, reads, polls, delays } of await measureSweep())
  print(
    `  ${name.padEnd(14)} ${(lists + reads).toFixed(2)} (lists ${lists.toFixed(2)}, others ${reads.toFixed(2)}), ` +
      `polling each 5 s ${polls.toFixed(0)}; end known after p50 ${delays.p50.toFixed(0)} s, p99 ${delays.p99.toFixed(0)} s`,
  );

print(
  '10,000 callers who wait for one trigger, from the end of its pipeline to their answers, each of 3 rounds:',
);
const msOf = (times: readonly number[]): string => times.map((ms) => ms.toFixed(0)).join(', ');
for (const { outcome, firstMs, lastMs, holds } of await measureWaiters())
  print(
    `  ${outcome.padEnd(8)} first after ${msOf(firstMs)} ms, last after ${msOf(lastMs)} ms; event loop held ${msOf(holds.map(({ longestMs }) => longestMs))} ms (${msOf(holds.map(({ longestCpuMs }) => longestCpuMs))} ms of CPU)`,
  );
const { idle, held, peak } = await measureWaiterMemory();
print(
  `  memory   ${idle.toFixed(0)} MiB before they came, ${held.toFixed(0)} while held, at most ${peak.toFixed(0)}`,
);

print(
  'The first page of the dashboard, and the longest that an open one was busy while 400 of its triggers ended:',
);
for (const { pending, p50, p99, busiestMs } of await measurePages())
  print(
    `  ${String(pending).padStart(5)} pending  p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; busy ${busiestMs === null ? 'not measured' : `${busiestMs.toFixed(0)} ms`}`,
  );
