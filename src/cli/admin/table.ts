import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';
import { plainLine } from '../../domain/terminal-text.ts';

export interface Column {
  readonly title: string;
  /** Whether the column shrinks where the terminal is too narrow; the widest one shrinks first. */
  readonly shrinks?: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const gap = '  ';
/** The minimum width of a column that shrinks. */
const leastWidth = 8;

/** Shrinks the widest shrinking column, by one terminal column at a time, until all fit. */
function fitted(widths: readonly number[], shrinks: readonly boolean[], available: number): number[] {
  const fit = [...widths];
  for (let excess = sum(fit) - available; excess > 0; excess -= 1) {
    const candidates = fit.map((width, at) => (shrinks[at] === true && width > leastWidth ? width : 0));
    const widest = candidates.indexOf(Math.max(...candidates));
    if ((candidates[widest] ?? 0) === 0) break;
    fit[widest] = (fit[widest] ?? 0) - 1;
  }
  return fit;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * The lines of a table, headings first, no wider than the terminal. Wide characters count as two.
 * @param width of the terminal in columns; Infinity for whole values
 */
export function tableLines({ columns, rows }: Table, width: number): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainLine))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => stringWidth(row[at] ?? ''))));
  const gaps = gap.length * (columns.length - 1);
  const fit = fitted(
    widths,
    columns.map(({ shrinks = false }) => shrinks),
    width - gaps,
  );
  return cells.map((row) => {
    const line = row.map((cell, at) => padded(cliTruncate(cell, fit[at] ?? 0), fit[at] ?? 0)).join(gap);
    return cliTruncate(line.trimEnd(), Math.min(width, Number.MAX_SAFE_INTEGER));
  });
}

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(width - stringWidth(text), 0));
