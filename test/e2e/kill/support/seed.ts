import type { Random } from '../../../../simulator/faults/random.ts';
import { createRandom } from '../../../../simulator/faults/random.ts';

/**
 * Runs a test that chance decides about. `KILL_SEED` repeats one; when and how often a process got the word is up to
 * the machine, so a repetition is alike, not the same.
 */
export async function withSeed(run: (random: Random) => Promise<void>): Promise<void> {
  const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000_000);
  try {
    await run(createRandom(seed));
  } catch (error) {
    throw new Error(`with KILL_SEED=${seed}: ${String(error)}`, { cause: error });
  }
}
