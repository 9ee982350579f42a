import { failureFrom, verdictOnFailure } from '../../domain/gitlab-answer.ts';
import { isHtml } from '../../domain/http.ts';

/** What will not be otherwise a moment later. */
function isLastingError(error: unknown): boolean {
  const { meaning } = verdictOnFailure(failureFrom(error));
  return meaning === 'permanent' || meaning === 'unresolved';
}

const isWebPage = (response: Response): boolean =>
  response.ok && isHtml(response.headers.get('content-type'));

interface PermanentErrors {
  readonly fetch: typeof globalThis.fetch;
  /** Whether the last connection failed for a reason that trying again does not change. */
  readonly isLasting: () => boolean;
  /** Whether the last answer was 401. */
  readonly isUnauthorized: () => boolean;
}

/** `fetch` that notices when the host is unknown or no host, its certificate not trusted, or not GitLab who answers. */
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
