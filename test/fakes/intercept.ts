/** What happens instead of a call; `execute` makes the call after all. */
export type Interception = (execute: () => Promise<unknown>) => Promise<unknown>;

type Method = (...args: never[]) => Promise<unknown>;

/** Stands between a port and who uses it: a test sees the calls, and may answer some in the port's place. */
export interface Interceptor<Port> {
  /** The port, or several of its kind, as its users get it. */
  readonly wrap: (port: Port) => Port;
  /** Every call that was made, in order: the method's name and its simple arguments. */
  readonly calls: string[];
  /** Has the next call of a method, and the ones after it, answered so. */
  readonly next: (method: keyof Port & string, ...interceptions: readonly Interception[]) => void;
}

const words = (args: readonly unknown[]): readonly unknown[] =>
  args.filter((arg) => typeof arg === 'string' || typeof arg === 'number');

/** For ports all of whose methods return promises. */
export function createInterceptor<Port extends object>(): Interceptor<Port> {
  const calls: string[] = [];
  const waiting = new Map<string, Interception[]>();

  const wrapMethod =
    (name: string, method: Method): Method =>
    async (...args) => {
      calls.push([name, ...words(args)].join(' '));
      const interception = waiting.get(name)?.shift();
      const execute = (): Promise<unknown> => method(...args);
      return interception === undefined ? execute() : interception(execute);
    };

  return {
    wrap: (port) =>
      Object.fromEntries(
        Object.entries(port).map(([name, method]) => [name, wrapMethod(name, method as Method)]),
      ) as Port,
    calls,
    next: (method, ...interceptions) =>
      void waiting.set(method, [...(waiting.get(method) ?? []), ...interceptions]),
  };
}

/** The call fails and was not carried out. */
export const failing =
  (error: Error): Interception =>
  () =>
    Promise.reject(error);

/** The call is carried out, but its answer is lost. */
export const losingAnswer =
  (error: Error): Interception =>
  async (execute) => {
    await execute();
    throw error;
  };

/** The process dies: the call is carried out, or not, and nobody ever hears of it. */
export const dying =
  ({ after }: { readonly after: 'nothing' | 'execution' }): Interception =>
  async (execute) => {
    if (after === 'execution') await execute();
    return new Promise(() => undefined);
  };

/** A call that is on its way until the test lets it go on. */
export interface Held {
  readonly interception: Interception;
  readonly release: () => void;
}

/** @param at before the call is carried out, or on the way back */
export function held(at: 'before' | 'after'): Held {
  const gate = Promise.withResolvers<undefined>();
  return {
    release: () => gate.resolve(undefined),
    interception: async (execute) => {
      if (at === 'before') await gate.promise;
      const answer = await execute();
      if (at === 'after') await gate.promise;
      return answer;
    },
  };
}
