import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { sign } from '@octokit/webhooks-methods';
import type { PostCallback } from '../app/ports/index.ts';
import type { CallbackAnswer } from '../domain/callback.ts';
import { networkErrorCode, retryAfterMs } from '../domain/http.ts';
import type { Destinations } from './allowed-hosts.ts';

/** Resolves a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

interface Deps {
  readonly destinations: Destinations;
  /** Null: callbacks are not signed. */
  readonly secret: string | null;
  readonly resolve?: Resolve;
  /** For one attempt, from the lookup of the name to the head of the answer. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

const systemResolve: Resolve = (name) => lookup(name, { all: true });

/**
 * Posts callbacks. A name is resolved once, the address is checked, and the connection goes to that address: it cannot
 * change between the check and the connection. No redirect is followed. Only the status of the answer is read.
 */
export function createCallbackPoster({
  destinations,
  secret,
  resolve = systemResolve,
  timeoutMs = 10_000,
  now = Date.now,
}: Deps): PostCallback {
  /** @throws Forbidden, or the error of the lookup */
  async function addressesFor(url: URL): Promise<readonly LookupAddress[]> {
    const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(name);
    const addresses = family === 0 ? await resolve(name) : [{ address: name, family }];
    if (addresses.length === 0) throw new Error('no address');
    if (addresses.every(({ address }) => destinations.allowsAddress(url, address))) return addresses;
    throw new ForbiddenAddress('its host has an address that is not allowed');
  }

  return async function postCallback({ url: text, id, event, body, signal }) {
    const url = new URL(text);
    if (!destinations.allows(url))
      return { kind: 'forbidden', why: 'its host is not in CALLBACK_ALLOWED_HOSTS any more' };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const bytes = Buffer.from(body);
      const headers = {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        'user-agent': 'pipeline-trigger',
        'x-pipeline-trigger-event': event,
        'x-pipeline-trigger-delivery': id,
        ...(secret === null ? {} : { 'x-hub-signature-256': await sign(secret, body) }),
      };
      const addresses = await within(limit, addressesFor(url));
      return answerFrom(
        await send(url, { headers, lookup: pinnedTo(addresses), signal: limit }, bytes),
        url,
        now(),
      );
    } catch (error) {
      return { kind: 'unanswered', why: limit.aborted ? 'no answer in time' : whyNot(error) };
    }
  };
}

class ForbiddenAddress extends Error {}

/** A lookup cannot be canceled: its result is ignored after the timeout. */
const within = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => reject(signal.reason as Error);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    }),
  ]);

/** Answers every look-up with the same addresses, in whichever of its two forms it is asked. */
const pinnedTo = (addresses: readonly LookupAddress[]): LookupFunction =>
  function lookUpPinned(_name, { all }, callback) {
    const [first] = addresses;
    if (all === true || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };

function send(url: URL, options: http.RequestOptions, bytes: Buffer): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { ...options, method: 'POST', agent: false }, resolve)
      .on('error', reject)
      .end(bytes);
  });
}

function answerFrom(response: IncomingMessage, from: URL, now: number): CallbackAnswer {
  const { statusCode = 0, headers } = response;
  // The body of the answer is not read.
  response.on('error', () => undefined).destroy();
  return {
    kind: 'answered',
    status: statusCode,
    retryAfterMs: retryAfterMs(headers as Readonly<Record<string, string>>, now),
    ...redirectOf(statusCode, headers.location, from),
  };
}

/** The target of a redirect, without the part that may be a secret. */
function redirectOf(status: number, location: string | undefined, from: URL): { redirectsTo?: string } {
  const isRedirect = status >= 300 && status < 400 && location !== undefined;
  if (!isRedirect || !URL.canParse(location, from.href)) return {};
  return { redirectsTo: new URL(location, from).origin };
}

/** The error as text, without the URL that it may contain. */
function whyNot(error: unknown): string {
  if (error instanceof ForbiddenAddress) return error.message;
  const code = networkErrorCode(error);
  return code === null ? 'cannot be reached' : `cannot be reached (${code})`;
}
