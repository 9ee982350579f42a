/** A queue with several producers and one consumer. */
export interface AsyncQueue<T> extends AsyncIterable<T> {
  readonly push: (item: T) => void;
  /** No more items follow: the consumer is done when none is left. */
  readonly close: () => void;
  /** The consumer gets the error after the items. */
  readonly fail: (error: unknown) => void;
}

export function createAsyncQueue<T>(): AsyncQueue<T> {
  const items: T[] = [];
  let end: { readonly error: unknown } | 'closed' | null = null;
  let wake: () => void = () => undefined;

  const finish = (how: typeof end): void => {
    end ??= how;
    wake();
  };

  async function* take(): AsyncGenerator<T> {
    for (;;) {
      while (items.length > 0) yield items.shift() as T;
      if (end === 'closed') return;
      if (end !== null) throw end.error;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  return {
    push: (item) => {
      if (end !== null) return;
      items.push(item);
      wake();
    },
    close: () => finish('closed'),
    fail: (error) => finish({ error }),
    [Symbol.asyncIterator]: take,
  };
}
