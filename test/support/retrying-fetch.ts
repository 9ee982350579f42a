import type { LoggedRequest } from '../../simulator/rest/server.ts';

export interface RetryingFetch {
  readonly fetch: typeof globalThis.fetch;
  /** What the simulator is to tell of each request. */
  readonly onRequest: (request: LoggedRequest) => void;
}

const header = 'x-test-request';

/**
 * Gives a request up when the simulator lets it hang, at once and only then: a request that will be answered is waited
 * for, however busy the machine is. Else the simulator might carry a request out long after a client lost its patience,
 * which GitLab does not: it gives itself a minute.
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
