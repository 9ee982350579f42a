import type { Context, Output } from './context.ts';
import type { Table } from './table.ts';

/** One value as one line. */
export const printJson = (stdout: Output, value: unknown): void =>
  void stdout.write(`${JSON.stringify(value)}\n`);

/** How many columns there are to print in. What is not a terminal has all that it takes, unless COLUMNS says otherwise. */
export function widthOf({ stdout, env }: Pick<Context, 'stdout' | 'env'>): number {
  const wanted = /^\d{1,4}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  if (wanted > 0) return wanted;
  return stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity;
}

export async function printTable(context: Pick<Context, 'stdout' | 'env'>, table: Table): Promise<void> {
  const { tableLines } = await import('./table.ts');
  for (const line of tableLines(table, widthOf(context))) context.stdout.write(`${line}\n`);
}
