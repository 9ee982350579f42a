import type { CryptoKey } from 'jose';
import type { Clock, Log } from '../../app/ports/index.ts';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import { messageOf } from '../../domain/error.ts';
import type { SigningKeys } from './fetch-signing-keys.ts';

/** The key with an id; null when GitLab has none. @throws GitLabUnavailable when GitLab cannot be asked */
export type FindSigningKey = (id: string) => Promise<CryptoKey | null>;

/** The minimum time between two reads, however many tokens name unknown keys. */
const pauseMs = 30_000;
/** After this time the keys are read again, so that a key that GitLab has retired is no longer trusted. */
const freshMs = 10 * 60_000;
/** For how long they are valid while GitLab is down: as long as its own `Cache-Control` says. */
const usableMs = 24 * 3_600_000;

interface Deps {
  readonly fetchKeys: () => Promise<SigningKeys>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** GitLab's keys, cached. Concurrent requests share one read. */
export function createSigningKeys({ fetchKeys, clock, log }: Deps): FindSigningKey {
  let kept: { readonly keys: SigningKeys; readonly at: number } | null = null;
  let triedAt = -Infinity;
  let isAway = false;
  let reading: Promise<void> | null = null;

  async function read(): Promise<void> {
    const startedAt = clock.now();
    try {
      kept = { keys: await fetchKeys(), at: startedAt };
      if (isAway) log.info({}, 'the keys of id_tokens can be read from GitLab again');
      isAway = false;
    } catch (error) {
      if (!isAway) log.warn({ error: messageOf(error) }, 'the keys of id_tokens cannot be read from GitLab');
      isAway = true;
    } finally {
      // Counted from the answer, since a request may take a while.
      triedAt = clock.now();
      reading = null;
    }
  }

  const keptFor = (ms: number, id: string): CryptoKey | null =>
    kept !== null && clock.now() - kept.at < ms ? (kept.keys.get(id) ?? null) : null;

  return async function findKey(id) {
    const fresh = keptFor(freshMs, id);
    if (fresh !== null) return fresh;
    if (reading === null && clock.now() - triedAt >= pauseMs) reading = read();
    await reading;
    const key = keptFor(usableMs, id);
    if (key !== null || !isAway) return key;
    const retryAfterMs = Math.max(triedAt + pauseMs - clock.now(), 1000);
    throw new GitLabUnavailable(
      'the id_token cannot be checked: GitLab does not show its keys',
      { retryAfterMs, inDoubtMs: null },
      { isLogged: true },
    );
  };
}
