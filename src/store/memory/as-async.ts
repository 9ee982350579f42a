type Sync<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Result
    : never;
};

/** A port whose methods all answer immediately: what they throw becomes a rejection. */
export const asAsync = <Port extends object>(methods: Sync<Port>): Port =>
  Object.fromEntries(
    Object.entries(methods as Record<string, (...args: unknown[]) => unknown>).map(([name, method]) => [
      name,
      (...args: unknown[]) => new Promise((resolve) => resolve(method(...args))),
    ]),
  ) as Port;
