/** Something that is not as it should be, and what to do about it. A note asks for nothing to be done. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'note';
  /** The setting, file, key or part that it is about. */
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
}
