/** A mutant that changes nothing that can be observed, with the reason. */
export type EquivalentMutant = {
  readonly file: string;
  /** The line it changes, without the indentation. */
  readonly code: string;
  /** As `npm run mutants` prints it. */
  readonly change: string;
  readonly why: string;
};

const noMarkup = 'The template leaves out `true` as it leaves out `false`.';

export const equivalentMutants: readonly EquivalentMutant[] = [
  {
    file: 'src/http/api/events.ts',
    code: 'return ends && (entries.at(-1)?.sequence ?? 0) <= seen;',
    change: '0 -> (0 + 1)',
    why: 'Where the timeline has ended, there is a last entry.',
  },
  {
    file: 'src/http/dashboard/table.ts',
    code: 'if (cursor === null && nextCursor === null) return false;',
    change: 'false -> true',
    why: noMarkup,
  },
  {
    file: 'src/http/dashboard/trigger-history.ts',
    code: "if (kind !== 'delivery' && why === null) return false;",
    change: 'false -> true',
    why: noMarkup,
  },
  {
    file: 'src/http/api/long-poll.ts',
    code: 'const perTurn = 200;',
    change: '200 -> 200 + 1',
    why: 'The share of a turn of the event loop; all callers get the same answers.',
  },
  {
    file: 'src/config/secret-files.ts',
    code: "[value, ...value.split(',')].some((part) => /^([\"'`]).*\\1$/s.test(part.trim()) && part.trim().length > 1);",
    change: '> -> >=',
    why: 'A single quote does not match the expression, which has two.',
  },
];
