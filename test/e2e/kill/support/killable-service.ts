import type { TriggerStore } from '../../../../src/app/ports/index.ts';
import type { CrashPoint, PortName } from './ports.ts';
import { isStep, steps } from './ports.ts';

type Method = (...args: never[]) => Promise<unknown>;

/** Ports of which one call can be made the last one of the process. */
export interface Mortality {
  /** From now on the process dies at this point. */
  readonly arm: (point: CrashPoint) => void;
  /** The same port, short of dying. */
  readonly mortal: <Port extends object>(name: PortName, port: Port) => Port;
  /** The same for the trigger store, whose commits are identified by their steps. */
  readonly mortalTriggers: (store: TriggerStore) => TriggerStore;
}

/** @param die does not return */
export function createMortality(die: () => void): Mortality {
  let armed: CrashPoint | null = null;

  const pass = (at: CrashPoint['at'], matches: (step: string) => boolean): void => {
    if (armed?.at === at && matches(armed.step)) die();
  };

  async function around<T>(matches: (step: string) => boolean, call: () => Promise<T>): Promise<T> {
    pass('before', matches);
    const answer = await call();
    pass('after', matches);
    return answer;
  }

  const mortal: Mortality['mortal'] = <Port extends object>(name: PortName, port: Port) =>
    Object.fromEntries(
      Object.entries(port).map(([method, call]: [string, Method]) => [
        method,
        (...args: never[]) =>
          around(
            (step) => step === `${name}.${method}`,
            () => call(...args),
          ),
      ]),
    ) as Port;

  return {
    arm: (point) => (armed = point),
    mortal,
    mortalTriggers: (store) => ({
      ...mortal('triggers', store),
      async commit(next, version, entries, notes) {
        const before = await store.find(next.id);
        const matches = (step: string): boolean =>
          before !== undefined && isStep(step) && steps[step](before.trigger, next);
        return around(matches, () => store.commit(next, version, entries, notes));
      },
    }),
  };
}
