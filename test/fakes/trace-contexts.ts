import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunInContext } from '../../src/app/ports/tracer.ts';

/** Work that is under way, by names: as traces follow it. */
export function createTraceContexts() {
  const storage = new AsyncLocalStorage<string>();
  return {
    here: (): RunInContext => {
      const place = storage.getStore() ?? 'nowhere';
      return (work) => storage.run(place, work);
    },
    at: <T>(place: string, work: () => T): T => storage.run(place, work),
    where: (): string => storage.getStore() ?? 'nowhere',
  };
}
