import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { plainLine } from '../../domain/terminal-text.ts';

export interface Column {
  readonly title: string;
  /**
   * Whether the column shrinks where the terminal is too narrow; the widest one shrinks first. `last`: only when
   * everything else has shrunk or been left out.
   */
  readonly shrinks?: boolean | 'last';
  /** Left out where the terminal is too narrow for all columns; the one with the highest number first. */
  readonly leaveOut?: number;
}

export interface Table {
  /** What matters most comes first. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

interface Measured {
  readonly at: number;
  readonly column: Column;
  readonly width: number;
}

const gap = '  ';
/** The minimum width of a column that shrinks. */
const leastWidth = 8;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const gapsOf = (columns: readonly unknown[]): number => gap.length * Math.max(columns.length - 1, 0);

/** The width of all columns once those that shrink first have shrunk. */
const leastTotal = (columns: readonly Measured[]): number =>
  gapsOf(columns) +
  sum(columns.map(({ column, width }) => (column.shrinks === true ? Math.min(width, leastWidth) : width)));

/** The columns that fit, in their order. */
function shown(columns: readonly Measured[], width: number): readonly Measured[] {
  const numbers = columns.flatMap(({ column }) => column.leaveOut ?? []);
  if (numbers.length === 0 || leastTotal(columns) <= width) return columns;
  const highest = Math.max(...numbers);
  return shown(
    columns.filter(({ column }) => column.leaveOut !== highest),
    width,
  );
}

/** Shrinks the widest column that may, by one terminal column at a time, until all fit or none is left that can. */
function shrink(widths: readonly number[], may: readonly boolean[], available: number): readonly number[] {
  const fit = [...widths];
  for (let excess = sum(fit) - available; excess > 0; excess -= 1) {
    const candidates = fit.map((width, at) => (may[at] === true && width > leastWidth ? width : 0));
    const widest = candidates.indexOf(Math.max(...candidates));
    if ((candidates[widest] ?? 0) === 0) break;
    fit[widest] = (fit[widest] ?? 0) - 1;
  }
  return fit;
}

/**
 * The lines of a table, headings first, no wider than the terminal. Wide characters count as two.
 * @param width of the terminal in columns; Infinity for whole values
 */
export function tableLines({ columns, rows }: Table, width: number): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainLine))];
  const measured = columns.map((column, at) => ({
    at,
    column,
    width: Math.max(...cells.map((row) => stringWidth(row[at] ?? ''))),
  }));
  const kept = shown(measured, width);
  const available = width - gapsOf(kept);
  const natural = kept.map((each) => each.width);
  const first = kept.map(({ column }) => column.shrinks === true);
  const last = kept.map(({ column }) => column.shrinks === 'last');
  const fit = shrink(shrink(natural, first, available), last, available);
  return cells.map((row) => {
    const line = kept
      .map(({ at }, place) => padded(cliTruncate(row[at] ?? '', fit[place] ?? 0), fit[place] ?? 0))
      .join(gap);
    return cliTruncate(line.trimEnd(), Math.min(width, Number.MAX_SAFE_INTEGER));
  });
}

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(width - stringWidth(text), 0));
