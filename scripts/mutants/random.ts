import { createHash } from 'node:crypto';

/** Shuffles with a seed. The order of two items depends on their names alone, not on what else is in the list. */
export function shuffle<T>(list: readonly T[], seed: number, nameOf: (item: T) => string): T[] {
  const rank = (item: T): string =>
    createHash('sha256')
      .update(`${seed} ${nameOf(item)}`)
      .digest('hex');
  return list
    .map((item) => ({ item, at: rank(item) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ item }) => item);
}
