/** The exit codes of `pipeline-trigger`, as docs/administration.md lists them. */
export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 2 } as const;
