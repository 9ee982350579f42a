/** A mutant that changes nothing that can be observed, with the reason. */
export type EquivalentMutant = {
  readonly file: string;
  /** The line it changes, without the indentation. */
  readonly code: string;
  /** As `npm run mutants` prints it. */
  readonly change: string;
  readonly why: string;
};

export const equivalentMutants: readonly EquivalentMutant[] = [];
