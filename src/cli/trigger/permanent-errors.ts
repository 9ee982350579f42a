/** Codes of what will not be otherwise a moment later. */
const isLastingCode = (code: string): boolean =>
  code === 'ENOTFOUND' || /CERT|SELF_SIGNED|TLS|SSL/.test(code);

/** Without a cause behind it there was not even a request: the address is none that can be asked. */
function isLastingError(error: unknown): boolean {
  if (!(error instanceof TypeError)) return false;
  const { cause } = error;
  return cause instanceof Error ? 'code' in cause && isLastingCode(String(cause.code)) : true;
}

const isWebPage = (response: Response): boolean =>
  response.ok && (response.headers.get('content-type') ?? '').includes('html');

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
