import { plainJson } from '../../domain/terminal-text.ts';
import type { Context, CommandOutput } from './context.ts';
import type { Table } from './table.ts';

/** One value as one line. */
export const jsonLine = (value: unknown): string => `${plainJson(value)}\n`;

export const printJson = (stdout: CommandOutput, value: unknown): void => void stdout.write(jsonLine(value));

type Screen = Pick<Context, 'stdout' | 'env'>;

/** The width of the output in columns: unlimited without a terminal, unless COLUMNS is set. */
export function widthOf({ stdout, env }: Screen): number {
  const wanted = /^\d{1,4}$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 0;
  if (wanted > 0) return wanted;
  // Some terminals of containers have the size 0.
  return stdout.isTTY === true ? stdout.columns || 80 : Infinity;
}

/** Whether the output has a width that tables must fit: then ids are short, as a person reads them. */
export const isNarrow = (screen: Screen): boolean => widthOf(screen) < Infinity;

const hasColors = ({ stdout, env }: Screen): boolean =>
  stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';

/** A table that fits the screen, as text. */
export async function tableText(screen: Screen, table: Table): Promise<string> {
  const { tableLines } = await import('./table.ts');
  const [heading = '', ...rows] = tableLines(table, widthOf(screen));
  const shown = hasColors(screen) ? `\u001b[1m${heading}\u001b[0m` : heading;
  return [shown, ...rows].map((line) => `${line}\n`).join('');
}

export const printTable = async (screen: Screen, table: Table): Promise<void> =>
  void screen.stdout.write(await tableText(screen, table));
