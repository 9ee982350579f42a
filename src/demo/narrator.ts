/** Prints what happens for a newcomer, a line for each event: when, who, what. */
export type Narrate = (who: 'GitLab' | 'service' | 'caller A' | 'caller B' | '', what: string) => void;

/** Lines with the seconds since the beginning. */
export function createNarrator(print: (text: string) => void): Narrate {
  const startedAt = performance.now();
  return function narrate(who, what) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6);
    print(`${seconds} s  ${who.padEnd(8)}  ${what}\n`);
  };
}
