import type { CryptoKey } from 'jose';
import { importJWK } from 'jose';
import { z } from 'zod';
import { failureFrom, verdictOn, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { followWithin } from '../rest/follow-redirects.ts';

type Fetch = typeof globalThis.fetch;

/** The keys that GitLab signs id_tokens with, by their ids. */
export type SigningKeys = ReadonlyMap<string, CryptoKey>;

/** GitLab publishes two or three keys, of half a kilobyte each. */
const mostBytes = 256 * 1024;

/** Source: RFC 7518, section 3.3 */
const leastBits = 2048;

const keySet = z.object({
  keys: z.array(
    z.object({
      kty: z.string(),
      kid: z.string().optional(),
      use: z.string().optional(),
      alg: z.string().optional(),
      n: z.string().optional(),
      e: z.string().optional(),
    }),
  ),
});

/**
 * Reads them where every GitLab publishes them: app/controllers/jwks_controller.rb.
 * @throws Error whatever keeps them from being read
 */
export async function fetchSigningKeys(
  gitlabUrl: string,
  { fetch = globalThis.fetch, timeoutMs = 5_000 }: { fetch?: Fetch; timeoutMs?: number } = {},
): Promise<SigningKeys> {
  const url = new URL(`${gitlabUrl}/oauth/discovery/keys`);
  const response = await ask(url, fetch, timeoutMs);
  if (!response.ok) {
    await response.body?.cancel();
    const { status } = response;
    const answer = { status, headers: Object.fromEntries(response.headers), body: null };
    const { meaning, why } = verdictOn(answer, url.href);
    throw new Error(meaning === 'permanent' && why !== null ? why : `GitLab answers ${status}`);
  }
  const { keys } = keySet.parse(JSON.parse(await textOf(response)));
  const usable = keys.filter(
    ({ kty, kid, use = 'sig', alg = 'RS256' }) =>
      kty === 'RSA' && kid !== undefined && use === 'sig' && alg === 'RS256',
  );
  const imported = await Promise.all(usable.map(async (key) => [key.kid ?? '', await keyFrom(key)] as const));
  return new Map(imported.filter((entry): entry is [string, CryptoKey] => entry[1] !== null));
}

/** @throws Error which says what to set where trying again is of no use */
async function ask(url: URL, fetch: Fetch, timeoutMs: number): Promise<Response> {
  // To the same page of the same origin only: what is there decides who may come in.
  const follow = followWithin(fetch, url.href);
  try {
    return await follow(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    const { meaning, why } = verdictOnFailure(failureFrom(error));
    throw meaning === 'passing' && !isNetworkError(error) ? error : new Error(why ?? 'no answer');
  }
}

/** `fetch failed` says less than what lies behind it. */
const isNetworkError = (error: unknown): boolean => error instanceof TypeError;

/** Null for one that RS256 is not to be used with: the others are good all the same. */
async function keyFrom({
  kty,
  n = '',
  e = '',
}: {
  kty: string;
  n?: string | undefined;
  e?: string | undefined;
}) {
  const key = await importJWK({ kty, n, e }, 'RS256').catch(() => null);
  if (key === null || key instanceof Uint8Array) return null;
  const { modulusLength = 0 } = key.algorithm as { modulusLength?: number };
  return modulusLength >= leastBits ? key : null;
}

/** @throws Error when it is longer than any set of keys is */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
