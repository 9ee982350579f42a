import { readFileSync } from 'node:fs';
import { express, ours, runRounds, startExpress, startOurs } from './hooks.ts';
import { measureMemory } from './memory.ts';
import type { Row } from './table.ts';
import { compared, ratioIn, tableHead, tableLine } from './table.ts';

const page = 'docs/performance.md';
/** By how much a ratio may be worse than the page's. */
const tolerance = 1 + 1 / 3;

/** Ratios that a busy machine changes little: of processor time and of memory, both of two programs in one run. */
async function measureQuickly(): Promise<readonly Row[]> {
  const targets = [await startExpress(), await startOurs()];
  try {
    const rounds = await runRounds(targets, { rounds: 5, concurrency: 32 });
    const cpu = compared('processor for a hook', rounds.get(ours)?.cpuMs ?? NaN, {
      unit: ' ms',
      limit: '',
      peer: { name: express, value: rounds.get(express)?.cpuMs ?? NaN },
    });
    return [cpu, ...(await measureMemory())];
  } finally {
    for (const { stop } of targets) await stop();
  }
}

/** Whether no ratio is a third worse than the page's. Of all of these less is better. */
export async function checkQuickly(print: (text: string) => void): Promise<boolean> {
  const text = readFileSync(page, 'utf8');
  const rows = await measureQuickly();
  print(tableHead);
  for (const row of rows) print(tableLine(row));
  const worse = rows.filter(({ what, ratio }) => {
    const known = ratioIn(text, what);
    if (known === undefined || ratio === null) throw new Error(`${page} has no ratio of: ${what}`);
    return ratio > known * tolerance;
  });
  for (const { what } of worse) print(`${what}: more than a third worse than ${page} says\n`);
  return worse.length === 0;
}
