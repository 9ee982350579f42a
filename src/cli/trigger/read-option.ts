import type { Flag } from './flag.ts';

/** A flag without an argument. */
export type AnyFlag = Pick<Flag<unknown>, 'options' | 'metavar' | 'isRequired' | 'isAddition' | 'help'>;

/** The kind of one word of the command line, before it is assigned to an option. */
export type Word =
  | { readonly kind: 'argument'; readonly text: string }
  /** `--`: every word after it is an argument. */
  | { readonly kind: 'separator' }
  /** An option, by its full name, with an attached value: `--ref=main`, `-tmain`. */
  | { readonly kind: 'option'; readonly option: string; readonly attached: string | null }
  | { readonly kind: 'unknown'; readonly text: string }
  | { readonly kind: 'ambiguous'; readonly text: string; readonly matches: readonly string[] };

const isNegativeNumber = (text: string): boolean => /^-\d+$|^-\d*\.\d+$/.test(text);

/**
 * The options that a text may mean: the one with that name, else those that begin with it. Options of the Python command
 * take precedence over our additions.
 */
function meantBy(text: string, flags: readonly AnyFlag[]): readonly string[] {
  const matching = (isAddition: boolean): readonly string[] => {
    const options = flags.filter((flag) => flag.isAddition === isAddition).flatMap((flag) => flag.options);
    return options.includes(text) ? [text] : options.filter((option) => option.startsWith(text));
  };
  const inherited = matching(false);
  return inherited.length > 0 ? inherited : matching(true);
}

function readLong(text: string, flags: readonly AnyFlag[]): Word | null {
  const at = text.indexOf('=');
  const [prefix, attached] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  const [option, ...others] = meantBy(prefix, flags);
  if (option === undefined) return null;
  if (others.length > 0) return { kind: 'ambiguous', text, matches: [option, ...others] };
  return { kind: 'option', option, attached };
}

function readShort(text: string, flags: readonly AnyFlag[]): Word | null {
  const option = text.slice(0, 2);
  if (!flags.some(({ options }) => options.includes(option))) return null;
  const rest = text.slice(2);
  if (rest === '') return { kind: 'option', option, attached: null };
  return { kind: 'option', option, attached: rest.startsWith('=') ? rest.slice(1) : rest };
}

/** Reads one word as Python's argparse does (`_parse_optional`). */
export function readWord(text: string, flags: readonly AnyFlag[]): Word {
  if (text === '--') return { kind: 'separator' };
  if (!text.startsWith('-') || text === '-') return { kind: 'argument', text };
  const option = text.startsWith('--') ? readLong(text, flags) : readShort(text, flags);
  if (option !== null) return option;
  const isValue = isNegativeNumber(text) || text.includes(' ');
  return isValue ? { kind: 'argument', text } : { kind: 'unknown', text };
}

/** Reads all words; after a `--` every word is an argument. */
export function readWords(args: readonly string[], flags: readonly AnyFlag[]): readonly Word[] {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const behind = end < 0 ? [] : args.slice(end + 1);
  const words = before.map((text) => readWord(text, flags));
  const rest = behind.map((text): Word => ({ kind: 'argument', text }));
  return end < 0 ? words : [...words, { kind: 'separator' }, ...rest];
}
