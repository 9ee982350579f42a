import { AppError } from '../../domain/error.ts';
import type { TriggerId } from '../../domain/ids.ts';
import { isOpen } from '../../domain/trigger/trigger.ts';
import type { Clock, GitLab, TriggerStore } from '../ports/index.ts';
import type { Processes } from '../ports/processes.ts';
import type { Performer } from './perform.ts';

/** How often a trigger is claimed that another process acts for: that takes as long as GitLab does to answer. */
const everyMs = 500;

interface Deps {
  readonly processes: Pick<Processes, 'claim' | 'release' | 'confirm' | 'generation'>;
  readonly store: Pick<TriggerStore, 'find'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
}

/** The claim of a trigger, which the actions of this process share. */
interface Held {
  readonly generation: number;
  count: number;
}

/** Lets one process at a time change something in GitLab for a trigger. */
export interface Exclusively {
  /** Another process waits, and then sees what has become of the trigger: mostly there is nothing left to do. */
  readonly alone: (perform: Performer) => Performer;
  /** GitLab, asked to change something for a trigger only while this process still has it. */
  readonly confirmed: (id: TriggerId, gitlab: GitLab) => GitLab;
}

/** Where no other process works. */
export const exclusiveAnyway: Exclusively = {
  alone: (perform) => perform,
  confirmed: (_id, gitlab) => gitlab,
};

export function createExclusively({ processes, store, clock, signal }: Deps): Exclusively {
  const heldHere = new Map<TriggerId, Held>();
  const releasing = new Map<TriggerId, Promise<void>>();

  const isValid = (held: Held | undefined): held is Held => held?.generation === processes.generation();

  function join(id: TriggerId): Held | null {
    const held = heldHere.get(id);
    if (!isValid(held)) return null;
    held.count += 1;
    return held;
  }

  async function claim(id: TriggerId): Promise<Held | null> {
    const joined = join(id);
    if (joined !== null) return joined;
    await releasing.get(id);
    const generation = processes.generation();
    if (!(await processes.claim(id))) return null;
    const again = join(id);
    if (again !== null) return again;
    const held = { generation, count: 1 };
    heldHere.set(id, held);
    return held;
  }

  async function release(id: TriggerId, held: Held): Promise<void> {
    held.count -= 1;
    if (held.count > 0 || heldHere.get(id) !== held) return;
    heldHere.delete(id);
    if (!isValid(held)) return;
    // What is not released is so with the end of this process, which could not reach the database.
    const done = processes.release(id).catch(() => undefined);
    releasing.set(id, done);
    await done;
    if (releasing.get(id) === done) releasing.delete(id);
  }

  /** Claims a trigger, however long that takes; null when it is of no more use. */
  async function waitFor(id: TriggerId): Promise<Held | null> {
    for (;;) {
      const held = await claim(id);
      if (held !== null) return held;
      await clock.sleep(everyMs, signal);
      const stored = await store.find(id);
      if (signal.aborted || stored === undefined || !isOpen(stored.trigger)) return null;
    }
  }

  return {
    alone: (perform) =>
      async function performAlone({ id }, why) {
        const held = await waitFor(id);
        if (held === null) return;
        try {
          const stored = await store.find(id);
          if (stored !== undefined && isOpen(stored.trigger)) await perform(stored.trigger, why);
        } finally {
          await release(id, held);
        }
      },

    confirmed(id, gitlab) {
      const held = heldHere.get(id);
      return confirmedFirst(gitlab, async () => {
        await processes.confirm();
        if (!isValid(held)) throw wasTakenOver();
      });
    },
  };
}

const wasTakenOver = (): AppError =>
  new AppError('storage_unavailable', 'another process may have taken over what this one was about to do');

/** What changes something in GitLab. */
const changes = ['createPipeline', 'playJob', 'retryPipeline', 'cancelPipeline', 'postCommitStatus'] as const;

function confirmedFirst(gitlab: GitLab, confirm: () => Promise<void>): GitLab {
  const confirming = changes.map((name) => [
    name,
    async (...args: never[]) => {
      await confirm();
      return (gitlab[name] as (...given: never[]) => Promise<unknown>)(...args);
    },
  ]);
  return { ...gitlab, ...Object.fromEntries(confirming) } as GitLab;
}
