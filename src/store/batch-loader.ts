import { setImmediate } from 'node:timers/promises';

/**
 * Looks up together what is asked for in one turn of the event loop: ten thousand who begin to wait for one trigger
 * cost one query. Nobody is given what was read before it asked.
 */
export function createBatchLoader<Key, Value>(
  findAll: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  interface Group {
    readonly keys: Set<Key>;
    readonly found: Promise<ReadonlyMap<Key, Value>>;
  }
  let gathering: Group | null = null;

  function gather(): Group {
    const keys = new Set<Key>();
    const found = setImmediate().then(() => {
      gathering = null;
      return findAll([...keys]);
    });
    return { keys, found };
  }

  return async function load(key) {
    gathering ??= gather();
    const { keys, found } = gathering;
    keys.add(key);
    return (await found).get(key);
  };
}
