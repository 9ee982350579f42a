import type { AnyFlag } from './read-option.ts';

/** The options as the usage and the help show them. */
export interface CommandShape {
  readonly program: string;
  readonly flags: readonly AnyFlag[];
  readonly positional: { readonly name: string; readonly help: string };
}

/** argparse takes a terminal to be 80 wide and leaves two columns free. */
export const textWidth = 78;

const invocation = ({ options, metavar, isRequired }: AnyFlag): string => {
  const text = metavar === null ? options[0] : `${options[0]} ${metavar}`;
  return isRequired ? text : `[${text}]`;
};

/** Lines of whole parts that are no wider than the text. */
function wrapParts(parts: readonly string[], indent: number): readonly string[] {
  const lines: string[][] = [[]];
  for (const part of parts) {
    const line = lines.at(-1) ?? [];
    const isFull = line.length > 0 && indent + [...line, part].join(' ').length > textWidth;
    if (isFull) lines.push([part]);
    else line.push(part);
  }
  return lines.map((line) => ' '.repeat(indent) + line.join(' '));
}

/** The `usage: …` lines, as argparse breaks them. */
export function usage({ program, flags, positional }: CommandShape): string {
  const prefix = `usage: ${program} `;
  const parts = flags.map(invocation);
  const oneLine = `${prefix}${[...parts, positional.name].join(' ')}`;
  if (oneLine.length <= textWidth) return `${oneLine}\n`;
  const [first = '', ...rest] = wrapParts(parts, prefix.length);
  const lines = [prefix + first.trimStart(), ...rest, ...wrapParts([positional.name], prefix.length)];
  return `${lines.join('\n')}\n`;
}
