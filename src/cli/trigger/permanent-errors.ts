import { failureFrom, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { isHtml } from '../../domain/http.ts';

/** Failures that will not pass by themselves. */
function isLastingError(error: unknown): boolean {
  const { meaning } = verdictOnFailure(failureFrom(error));
  return meaning === 'permanent' || meaning === 'unresolved';
}

const isWebPage = (response: Response): boolean =>
  response.ok && isHtml(response.headers.get('content-type'));

interface PermanentErrors {
  readonly fetch: typeof globalThis.fetch;
  /** Whether the last connection failed for a reason that a repetition does not change. */
  readonly isLasting: () => boolean;
  /** Whether the last answer was 401. */
  readonly isUnauthorized: () => boolean;
}

/** `fetch` that records an unknown or invalid host, an untrusted certificate, or an answer that is not GitLab's. */
export function createPermanentErrors(fetch: typeof globalThis.fetch): PermanentErrors {
  let [isLasting, status] = [false, 0];
  return {
    isLasting: () => isLasting,
    isUnauthorized: () => status === 401,
    fetch: async (input, init) => {
      status = 0;
      try {
        const response = await fetch(input, init);
        isLasting = isWebPage(response);
        status = response.status;
        return response;
      } catch (error) {
        isLasting = isLastingError(error);
        throw error;
      }
    },
  };
}
