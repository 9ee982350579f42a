import type { LoggedRequest } from '../../simulator/rest/server.ts';

export interface RetryingFetch {
  readonly fetch: typeof globalThis.fetch;
  /** What the simulator is to report of each request. */
  readonly onRequest: (request: LoggedRequest) => void;
}

const header = 'x-test-request';

/**
 * Aborts a request immediately when the simulator lets it hang, and only then: it waits for a request that is
 * to be answered, however busy the machine is. Else the simulator might carry out a request long after the
 * client's timeout, which GitLab does not do: its own limit is one minute.
 */
export function createRetryingFetch(): RetryingFetch {
  const waiting = new Map<string, AbortController>();
  let last = 0;
  return {
    async fetch(input, init) {
      const key = String((last += 1));
      const controller = new AbortController();
      waiting.set(key, controller);
      const headers = { ...(init?.headers as Record<string, string>), [header]: key };
      try {
        return await globalThis.fetch(input, { ...init, headers, signal: controller.signal });
      } finally {
        waiting.delete(key);
      }
    },
    onRequest({ fault, headers }) {
      if (fault === 'hang')
        waiting.get(String(headers[header]))?.abort(new DOMException('no answer in time', 'TimeoutError'));
    },
  };
}
