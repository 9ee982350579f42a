import type { CryptoKey } from 'jose';
import { importJWK } from 'jose';
import { z } from 'zod';
import { failureFrom, verdictOn, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { followWithin } from '../rest/follow-redirects.ts';

type Fetch = typeof globalThis.fetch;

/** GitLab's public keys for id_tokens, by their ids. */
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
 * Reads GitLab's public keys. Source: GitLab app/controllers/jwks_controller.rb
 * @throws Error when they cannot be read
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

/** @throws Error that names the setting where a repetition cannot help */
async function ask(url: URL, fetch: Fetch, timeoutMs: number): Promise<Response> {
  // Only to the same path of the same origin: the keys decide who is authenticated.
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

/** The cause of fetch's "fetch failed", which says more. */
const isNetworkError = (error: unknown): boolean => error instanceof TypeError;

/** Null for a key that must not be used with RS256; the other keys stay usable. */
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

/** @throws Error when it is longer than any set of keys */
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
