import type { Random } from '../../../../simulator/faults/random.ts';
import type { Installation } from '../../../support/service-process.ts';
import type { Kind } from './kinds.ts';
import { kinds } from './kinds.ts';
import { createCaller } from './persistent-caller.ts';

const callers = 12;

/** A trigger that was accepted, and the last answer to its caller. */
export interface Verdict {
  readonly id: string;
  readonly kind: Kind;
  readonly outcome: string | null;
}

export interface Asking {
  /** Waits for those that have no answer yet. */
  readonly stop: () => Promise<readonly Verdict[]>;
}

/** Callers who ask for one pipeline after the other, of all kinds, and wait for each. */
export function askOn(installation: Pick<Installation, 'call'>, random: Random): Asking {
  const verdicts: Verdict[] = [];
  let isStopped = false;
  let last = 0;

  async function askOne(): Promise<void> {
    last += 1;
    const kind = kinds[Math.floor(random() * kinds.length)] as Kind;
    const caller = createCaller(installation, { ref: 'main', ...kind.request }, `caller ${last}`);
    const id = await caller.ask();
    await kind.drive?.(id, caller);
    const { headers } = await caller.wait(id);
    verdicts.push({ id, kind, outcome: headers.get('pipeline-trigger-outcome') });
  }

  const asked = Promise.all(
    Array.from({ length: callers }, async () => {
      while (!isStopped) await askOne();
    }),
  );
  return {
    async stop() {
      isStopped = true;
      await asked;
      return verdicts;
    },
  };
}
