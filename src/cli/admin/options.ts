import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { KeyRule } from '../../domain/access/key-rules.ts';

/** The options of every command. */
export interface JsonOption {
  readonly json?: boolean;
}

/** Adds `--json` to a command. */
export const withJson = (command: Command): Command => command.option('--json', 'print JSON');

/** Adds examples to the end of a command's help, each a command line and its purpose. */
export function withExamples(command: Command, examples: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, purpose]) => `  ${line.padEnd(width)}  ${purpose}`.trimEnd());
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** Parses the argument of an option by a rule. */
export const textOf = ({ accepts, expected }: KeyRule) =>
  function readText(text: string): string {
    if (accepts(text)) return text;
    throw new InvalidArgumentError(`expected ${expected}`);
  };

/** The same for an option that may be repeated. */
export const textsOf = (rule: KeyRule) =>
  function readTexts(text: string, before: readonly string[] = []): readonly string[] {
    return [...before, textOf(rule)(text)];
  };

/**
 * Parses the argument of an option as a whole number.
 * @param what the unit, for the message: `days`
 */
export const wholeNumber = (min: number, max: number, what = '') =>
  function readWholeNumber(text: string): number {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    const unit = what === '' ? '' : ` of ${what}`;
    throw new InvalidArgumentError(`expected a whole number${unit} from ${min} to ${max}`);
  };
