import { measurePages } from './dashboard.ts';
import { measureFlood } from './flood.ts';
import { measureGreedy } from './greedy.ts';
import { measureGrowth } from './growth.ts';
import { measureHooks, measureOptions } from './hooks.ts';
import { measureHostile } from './hostile.ts';
import { measureMemory } from './memory.ts';
import { measurePace } from './pace.ts';
import { measurePostgresql } from './postgresql.ts';
import { measureRelease } from './release.ts';
import { measureRoundTrip } from './round-trip.ts';
import { measureSizes } from './size.ts';
import { measureStorage } from './storage.ts';
import { measureSweep } from './sweep.ts';
import type { Row } from './table.ts';
import { compared, figure } from './table.ts';
import { measureWaiters } from './waiters.ts';

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([status, count]) => `${count} x ${status}`)
    .join(', ');

/** What is measured, in its order. */
export const sections: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  hooks: measureHooks,
  options: measureOptions,
  memory: measureMemory,
  growth: measureGrowth,
  postgresql: measurePostgresql,

  async release() {
    const trip = await measureRoundTrip();
    return (await measureRelease()).flatMap(({ outcome, p50, p99, callsPerTrigger }) => [
      compared(`end of a pipeline to the answer, ${outcome}, p50`, p50, {
        unit: ' ms',
        limit: '10 ms',
        peer: { name: 'node:http pair', value: trip.p50 },
      }),
      compared(`end of a pipeline to the answer, ${outcome}, p99`, p99, {
        unit: ' ms',
        limit: '100 ms',
        peer: { name: 'node:http pair', value: trip.p99 },
      }),
      figure(`calls of GitLab for a trigger, ${outcome}`, counted(callsPerTrigger)),
    ]);
  },

  pace: async () =>
    (await measurePace()).map(({ perSecond, p50, p99 }) =>
      figure(
        `${perSecond} hooks a second while 10,000 callers wait`,
        `p50 ${ms(p50)}, p99 ${ms(p99)}`,
        perSecond > 500 ? 'p99 250 ms' : 'p99 50 ms',
      ),
    ),

  waiters: async () =>
    (await measureWaiters()).map(({ outcome, firstMs, lastMs, holds }) =>
      figure(
        `10,000 callers of one trigger answered, ${outcome}, each of 3 rounds`,
        `first ${firstMs.map(ms).join(', ')}; last ${lastMs.map(ms).join(', ')}; event loop held ${holds.map(({ longestMs }) => ms(longestMs)).join(', ')}`,
        'last 500 ms',
      ),
    ),

  async flood() {
    const { hooks, guesses, p50, p99 } = await measureFlood();
    return [
      figure('1,000 hooks a second of one address', `${counted(hooks)}, p50 ${ms(p50)}, p99 ${ms(p99)}`),
      figure('200 a second with a wrong secret beside them', counted(guesses)),
    ];
  },

  async hostile() {
    const { calmMs, attackedMs } = await measureHostile();
    return [
      compared('p99 of hooks beside 5,000 half-open connections, slow clients and resets', attackedMs, {
        unit: ' ms',
        limit: 'ratio 1.2',
        peer: { name: 'undisturbed', value: calmMs },
      }),
    ];
  },

  greedy: async () =>
    (await measureGreedy()).map(({ attack, statuses, answerMs, holds, residentBytes }) =>
      figure(
        `one caller: ${attack}`,
        `${statuses.join(', ')} after ${ms(answerMs)}; event loop held ${ms(holds.longestMs)}; ${(residentBytes / 2 ** 20).toFixed(0)} MiB`,
        'held 100 ms',
      ),
    ),

  storage: async () =>
    (await measureStorage()).map(({ trouble, statuses, p50, longest, holds, recoveryMs }) =>
      figure(
        `100 hooks a second, database: ${trouble}`,
        `${counted(statuses)} after p50 ${ms(p50)}, at most ${ms(longest)}; event loop held ${ms(holds.longestMs)}; well again after ${ms(recoveryMs)}`,
        'held 100 ms, well again 5 s',
      ),
    ),

  sweep: async () =>
    (await measureSweep()).map(({ name, lists, reads, polls, delays }) => ({
      what: `reads of GitLab for a trigger, ${name}`,
      ours: `${(lists + reads).toFixed(2)}; end known after p50 ${delays.p50.toFixed(0)} s, p99 ${delays.p99.toFixed(0)} s`,
      limit: name === 'hooks healthy' ? '2' : '',
      peer: `polling each 5 s: ${polls.toFixed(0)}`,
      ratio: (lists + reads) / polls,
    })),

  sizes: async () =>
    (await measureSizes()).map(({ kind, bytesSent, bytesKept }) => ({
      what: `disk for a ${kind} hook`,
      ours: `${(bytesKept / 1024).toFixed(1)} KiB`,
      limit: '',
      peer: `its body: ${(bytesSent / 1024).toFixed(1)} KiB`,
      ratio: bytesKept / bytesSent,
    })),

  pages: async () =>
    (await measurePages()).map(({ pending, p50, p99, busiestMs }) =>
      figure(
        `first page of the dashboard, ${pending} pending`,
        `p50 ${ms(p50)}, p99 ${ms(p99)}; busy ${busiestMs === null ? 'not measured' : ms(busiestMs)} while 400 of its triggers end`,
      ),
    ),
};
