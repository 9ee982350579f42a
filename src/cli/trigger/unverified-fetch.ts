import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { proxyEnvironment } from '../../client/network.ts';

/** Created on demand, after the proxies of the environment have been read. */
let agent: Agent | null = null;
const unverifiedAgent = (): Agent =>
  (agent ??= new Agent({
    rejectUnauthorized: false,
    keepAlive: true,
    proxyEnv: { ...process.env, ...proxyEnvironment(process.env) },
  }));

const withoutBody = new Set([101, 204, 205, 304]);

/**
 * `fetch` for https that accepts any certificate (`-v false`), as far as a GitLab client uses it.
 * Node's own `fetch` has this setting only for the whole process, the service included.
 */
export const createUnverifiedFetch: typeof globalThis.fetch = (input, init = {}) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.protocol !== 'https:') return fetch(input, init);
  const { method = 'GET', body, signal } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent: unverifiedAgent(), method, headers, ...(signal ? { signal } : {}) },
      (message) => {
        const response = responseFrom(message);
        const isRedirect =
          response.status >= 300 && response.status < 400 && response.headers.has('location');
        if (isRedirect && init.redirect === 'error')
          reject(new TypeError('fetch failed', { cause: 'a redirect' }));
        else resolve(response);
      },
    );
    sent.once('error', (cause) =>
      reject(signal?.aborted === true ? aborted(signal) : new TypeError('fetch failed', { cause })),
    );
    sent.end(typeof body === 'string' ? body : undefined);
  });
};

const aborted = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));

function responseFrom(message: IncomingMessage): Response {
  const status = message.statusCode ?? 502;
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2)
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  const body = withoutBody.has(status) ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
