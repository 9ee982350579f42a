import type { AnyFlag } from './read-option.ts';
import type { CommandShape } from './usage.ts';
import { textWidth, usage } from './usage.ts';

/** The column in which the explanations begin. */
const helpColumn = 24;

function wrapWords(text: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function entry(term: string, help: string): string {
  const head = `  ${term}`;
  const lines = wrapWords(help, textWidth - helpColumn).map((line) => ' '.repeat(helpColumn) + line);
  const fits = head.length <= helpColumn - 2;
  const text = fits
    ? [head.padEnd(helpColumn) + (lines[0] ?? '').trimStart(), ...lines.slice(1)]
    : [head, ...lines];
  return text.join('\n');
}

const term = ({ options, metavar }: AnyFlag): string =>
  options.map((option) => (metavar === null ? option : `${option} ${metavar}`)).join(', ');

const section = (title: string, entries: readonly string[]): string => `${title}:\n${entries.join('\n')}\n`;

/** The text of `--help`. */
export function help(shape: CommandShape, description: string, footer: string): string {
  const { flags, positional } = shape;
  const listed = (isAddition: boolean): readonly string[] =>
    flags.filter((flag) => flag.isAddition === isAddition).map((flag) => entry(term(flag), flag.help));
  return [
    usage(shape),
    `${description}\n`,
    section('positional arguments', [entry(positional.name, positional.help)]),
    section('optional arguments', listed(false)),
    section('additions to the Python command', listed(true)),
    footer,
  ].join('\n');
}
