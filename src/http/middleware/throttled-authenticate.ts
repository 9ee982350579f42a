import { hash } from 'node:crypto';
import type { Authenticate } from './authenticate.ts';
import type { Limits } from './rate-limits.ts';

/** API keys and id_tokens cannot be guessed, so they are checked whatever else the address has sent. */
const isUnguessable = (token: string): boolean => /^(?:ptk_|eyJ)/.test(token);

/**
 * Authenticates within limits. An address from which too many tokens were wrong is not let try more of them: neither
 * those that cannot be guessed are held up by that, nor one that was right before.
 */
export function createThrottledAuthenticate(
  authenticate: Authenticate,
  { isGuessing, noteRefusal, noteCall }: Pick<Limits, 'isGuessing' | 'noteRefusal' | 'noteCall'>,
): Authenticate {
  // The operator's token is the only one that can be guessed; it is replaced with a restart.
  let right: string | null = null;
  const digestOf = (token: string): string => hash('sha256', token);
  const mayTry = async (token: string | null, from: string): Promise<boolean> =>
    token === null || isUnguessable(token) || digestOf(token) === right || !(await isGuessing(from));

  return async (token, from, host) => {
    const caller = (await mayTry(token, from)) ? await authenticate(token, from, host) : null;
    if (caller === null) {
      await noteRefusal(from);
      return null;
    }
    if (token !== null && !isUnguessable(token)) right = digestOf(token);
    await noteCall(caller.id);
    return caller;
  };
}
