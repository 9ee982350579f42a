/**
 * `npm run bench`: one table of figures. `-- WORD…` measures only the sections whose names have one of the words,
 * `-- --json` prints the rows as JSON, `-- --quick` compares a few ratios with those of docs/performance.md.
 */
import { checkQuickly } from './quick.ts';
import { sections } from './sections.ts';
import type { Row } from './table.ts';
import { tableHead, tableLine } from './table.ts';

const print = (text: string): void => void process.stdout.write(text);
const args = process.argv.slice(2);
const isJson = args.includes('--json');
const words = args.filter((arg) => !arg.startsWith('--'));

async function measureAll(): Promise<void> {
  const all: Row[] = [];
  if (!isJson) print(tableHead);
  for (const [name, measure] of Object.entries(sections)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    const rows = await measure();
    all.push(...rows);
    if (!isJson) for (const row of rows) print(tableLine(row));
  }
  if (isJson) print(`${JSON.stringify(all, null, 2)}\n`);
}

if (args.includes('--quick')) process.exitCode = (await checkQuickly(print)) ? 0 : 1;
else await measureAll();
