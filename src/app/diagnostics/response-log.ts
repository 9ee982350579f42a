import { messageOf } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Clock, CountedNote, HistoryStore, Log } from '../ports/index.ts';

/** Records how waiting callers were answered. */
export interface ResponseLog {
  /** @param status null when the caller had hung up before */
  readonly note: (id: TriggerId, to: string, status: number | null) => void;
  /** Resolves when all records are on disk, or could not be written. */
  readonly flush: () => Promise<void>;
}

interface Deps {
  readonly store: Pick<HistoryStore, 'note'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Ten thousand callers may be answered concurrently: equal answers within this time are one line of the
 * history. A crash loses at most the answers of this time.
 */
const gatherMs = 2_000;

export function createResponseLog({ store, clock, log }: Deps): ResponseLog {
  let counted = new Map<string, CountedNote>();
  let isGathering = false;

  async function flush(): Promise<void> {
    const notes = [...counted.values()];
    counted = new Map();
    if (notes.length === 0) return;
    await store.note(notes).catch((error: unknown) => {
      log.warn({ answers: notes.length, error: messageOf(error) }, 'answers not written down');
    });
  }

  function gather(): void {
    if (isGathering) return;
    isGathering = true;
    void clock.sleep(gatherMs).then(() => {
      isGathering = false;
      return flush();
    });
  }

  return {
    note(id, to, status) {
      const key = `${id} ${status ?? 0} ${to}`;
      const now = clock.now();
      const known = counted.get(key);
      const note = { type: 'answer', to, status } as const;
      counted.set(key, { id, note, count: (known?.count ?? 0) + 1, at: known?.at ?? now, until: now });
      gather();
    },
    flush,
  };
}
