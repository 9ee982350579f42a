import { onTestFinished } from 'vitest';
import { holdDatabase } from './hold-database.ts';
import type { WhenDone } from './service-child.ts';

/** Keeps everyone from writing to a database until the returned function is called, at most until the test ends. */
export async function lockDatabase(
  file: string,
  whenDone: WhenDone = onTestFinished,
): Promise<() => Promise<void>> {
  const unlock = await holdDatabase(file);
  whenDone(unlock);
  return unlock;
}
