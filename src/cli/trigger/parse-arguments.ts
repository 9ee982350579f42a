import type { Flag, FlagValues } from './flag.ts';
import { nameOf, WrongValue } from './flag.ts';
import type { AnyFlag, Word } from './read-option.ts';
import { readWords } from './read-option.ts';
import { repr } from './read-value.ts';

/** An invalid command line; the message is worded as argparse's. */
export class UsageError extends Error {}

/** The parsed command line. */
export interface Parsed<Flags> {
  readonly values: FlagValues<Flags>;
  readonly positional: string | undefined;
  /** The missing required options and positional argument, in their order. */
  readonly missing: readonly string[];
  /** Surplus arguments. */
  readonly extras: readonly string[];
}

type FlagTable = Readonly<Record<string, Flag<never>>>;

interface Progress {
  readonly values: Map<string, unknown>;
  positional: { readonly text: string; readonly at: number } | undefined;
  readonly extras: string[];
}

/**
 * Reads a command line as Python's argparse does: prefixes of long options, `--option=value`, `-xvalue`, `-xyvalue`,
 * options behind the positional argument, `--`. Source: CPython 3.6, Lib/argparse.py
 * @param stopAt the flag at which reading ends, whatever follows: `--help`
 * @throws UsageError
 */
export function parseArguments<Flags extends object>(
  args: readonly string[],
  flags: Flags,
  { positional, stopAt }: { readonly positional: string; readonly stopAt: keyof Flags },
): Parsed<Flags> {
  const table = flags as unknown as FlagTable;
  const words = readWords(args, Object.values<AnyFlag>(table));
  const ambiguous = words.find((word) => word.kind === 'ambiguous');
  if (ambiguous !== undefined) throw new UsageError(ambiguity(ambiguous));
  const progress: Progress = { values: new Map(), positional: undefined, extras: [] };
  for (let at = 0; at < words.length && !progress.values.has(String(stopAt));)
    at = take(words, at, table, progress);
  const absent = Object.entries<AnyFlag>(table).filter(
    ([name, flag]) => flag.isRequired && !progress.values.has(name),
  );
  return {
    values: Object.fromEntries(progress.values) as FlagValues<Flags>,
    positional: progress.positional?.text,
    missing: [
      ...absent.map(([, flag]) => nameOf(flag)),
      ...(progress.positional === undefined ? [positional] : []),
    ],
    extras: progress.extras,
  };
}

const ambiguity = ({ text, matches }: Extract<Word, { kind: 'ambiguous' }>): string =>
  `ambiguous option: ${text} could match ${matches.join(', ')}`;

/** Parses the option or argument that begins at a word. @returns the index of the next one */
function take(words: readonly Word[], at: number, flags: FlagTable, progress: Progress): number {
  const word = words[at];
  if (word?.kind === 'option') return takeOption(words, at, flags, progress);
  if (word?.kind === 'unknown') progress.extras.push(word.text);
  if (word?.kind === 'argument') takeArgument(word.text, at, progress);
  // argparse drops a `--` next to the positional argument.
  const isNextTo = progress.positional === undefined || progress.positional.at === at - 1;
  if (word?.kind === 'separator' && !isNextTo) progress.extras.push('--');
  return at + 1;
}

function takeArgument(text: string, at: number, progress: Progress): void {
  if (progress.positional === undefined) progress.positional = { text, at };
  else progress.extras.push(text);
}

const find = (option: string, flags: FlagTable): readonly [name: string, flag: Flag<never>] | undefined =>
  Object.entries(flags).find(([, { options }]) => options.includes(option));

function takeOption(words: readonly Word[], at: number, flags: FlagTable, progress: Progress): number {
  const word = words[at];
  if (word?.kind !== 'option') return at;
  let { option, attached } = word;
  for (;;) {
    const found = find(option, flags);
    if (found === undefined) return at + 1;
    const [name, flag] = found;
    if (flag.metavar !== null) {
      const next = words[at + 1];
      if (attached === null && next?.kind !== 'argument') throw wrong(flag, 'expected one argument');
      store(progress, name, flag, attached ?? (next?.kind === 'argument' ? next.text : ''));
      return attached === null ? at + 2 : at + 1;
    }
    store(progress, name, flag, '');
    if (attached === null) return at + 1;
    // `-dr`: letters attached to a short flag without an argument are further flags.
    const following = `-${attached.slice(0, 1)}`;
    if (option.startsWith('--') || attached === '' || find(following, flags) === undefined)
      throw wrong(flag, `ignored explicit argument ${repr(attached)}`);
    option = following;
    attached = attached.length > 1 ? attached.slice(1) : null;
  }
}

function store({ values }: Progress, name: string, flag: Flag<never>, text: string): void {
  try {
    values.set(name, flag.read(text, values.get(name) as undefined));
  } catch (error) {
    throw error instanceof WrongValue ? wrong(flag, error.message) : error;
  }
}

const wrong = (flag: AnyFlag, message: string): UsageError =>
  new UsageError(`argument ${nameOf(flag)}: ${message}`);
