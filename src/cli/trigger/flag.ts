/** An invalid value of a flag; the message is worded as argparse's. */
export class WrongValue extends Error {}

/** One option of the command line. `T` is the type of its parsed argument. */
export interface Flag<T> {
  /** Its names, the short form first: `-a`, `--api-token`. */
  readonly options: readonly [string, ...string[]];
  /** The placeholder of its argument in the help; null when it takes none. */
  readonly metavar: string | null;
  /** @throws WrongValue */
  readonly read: (text: string, before: T | undefined) => T;
  readonly isRequired: boolean;
  /** An option that the Python command does not have: it must not change the meaning of a prefix of the others. */
  readonly isAddition: boolean;
  readonly help: string;
}

/** The values of a table of flags; undefined for one that was not given. */
export type FlagValues<Flags> = {
  readonly [Name in keyof Flags]: Flags[Name] extends Flag<infer T> ? T | undefined : never;
};

type Given = Partial<Pick<Flag<unknown>, 'isRequired' | 'help'>> & { readonly metavar?: string };

const longOf = (options: readonly string[]): string => options.at(-1) ?? '';

/** `--api-token` as `API_TOKEN`. */
const defaultMetavar = (options: readonly string[]): string =>
  longOf(options).slice(2).replaceAll('-', '_').toUpperCase();

const base = { isRequired: false, isAddition: false, help: '' };

/** A flag without an argument. */
export const toggle = (options: Flag<true>['options'], given: Given = {}): Flag<true> => ({
  ...base,
  ...given,
  options,
  metavar: null,
  read: () => true,
});

/** A flag with one argument; the last one counts. */
export const valued = <T>(
  options: Flag<T>['options'],
  read: (text: string) => T,
  given: Given = {},
): Flag<T> => ({ ...base, metavar: defaultMetavar(options), ...given, options, read });

/** A flag that can be given several times. */
export const repeated = <T>(
  options: Flag<readonly T[]>['options'],
  read: (text: string) => T,
  given: Given = {},
): Flag<readonly T[]> => ({
  ...base,
  metavar: defaultMetavar(options),
  ...given,
  options,
  read: (text, before = []) => [...before, read(text)],
});

/** Marks a flag as one that the Python command does not have. */
export const addition = <T>(flag: Flag<T>): Flag<T> => ({ ...flag, isAddition: true });

/** `-a/--api-token`, as messages name it. */
export const nameOf = ({ options }: Pick<Flag<unknown>, 'options'>): string => options.join('/');
