import type { CryptoKey } from 'jose';
import type { Clock, Log } from '../../app/ports/index.ts';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import { messageOf } from '../../domain/error.ts';
import type { SigningKeys } from './fetch-signing-keys.ts';

/** The key of an id; null when GitLab has none of this id. @throws GitLabUnavailable when that cannot be found out */
export type FindSigningKey = (id: string) => Promise<CryptoKey | null>;

/** However many ask for keys that we do not know: GitLab is not to be asked more often. */
const pauseMs = 30_000;
/** After this time the keys are read again: one that GitLab gave up is to be trusted no longer. */
const freshMs = 10 * 60_000;
/** For how long they are good while GitLab is away: as long as it says itself (`Cache-Control`). */
const usableMs = 24 * 3_600_000;

interface Deps {
  readonly fetchKeys: () => Promise<SigningKeys>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The keys of GitLab, kept. All who ask while they are being read wait for the same answer. */
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
      // Counted from the answer: a request may have been on its way for a while.
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
