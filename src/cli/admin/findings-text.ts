import type { DoctorFinding } from '../../domain/doctor-finding.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import type { Context } from './context.ts';
import { widthOf } from './print.ts';
import { wrapped } from './wrap.ts';

/** Longer lines are hard to read. */
const widest = 100;

/** A paragraph for each finding: a line that says what it is, the problem, the remedy. */
export function findingsText(
  context: Pick<Context, 'stdout' | 'env'>,
  findings: readonly DoctorFinding[],
): string {
  const screen = widthOf(context);
  const width = screen === Infinity ? screen : Math.min(screen, widest);
  const paragraphs = findings.map(({ severity, code, subject, problem, remedy }) =>
    [
      ...wrapped(plainLine(`${severity}: ${subject} (${code})`), width),
      ...wrapped(plainLine(problem), width, '  '),
      ...wrapped(plainLine(`Remedy: ${remedy}`), width, '  '),
    ].join('\n'),
  );
  return `${paragraphs.join('\n\n')}\n`;
}
