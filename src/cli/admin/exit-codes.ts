/** What `pipeline-trigger` exits with. Source: CONTRACT, section 5 */
export const exitCodes = { done: 0, refused: 1, usage: 2, unreachable: 2 } as const;
