/** Codes of what will not be otherwise a moment later. */
const isLastingCode = (code: string): boolean =>
  code === 'ENOTFOUND' || /CERT|SELF_SIGNED|TLS|SSL/.test(code);

function codeBehind(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : null;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

const isWebPage = (response: Response): boolean =>
  response.ok && (response.headers.get('content-type') ?? '').includes('html');

interface TroubleNoticer {
  readonly fetch: typeof globalThis.fetch;
  /** Whether the last connection failed for a reason that trying again does not change. */
  readonly isLasting: () => boolean;
}

/** `fetch` that notices when the host is unknown, its certificate not trusted, or not GitLab who answers. */
export function noticeLastingTrouble(fetch: typeof globalThis.fetch): TroubleNoticer {
  let isLasting = false;
  return {
    isLasting: () => isLasting,
    fetch: async (input, init) => {
      try {
        const response = await fetch(input, init);
        isLasting = isWebPage(response);
        return response;
      } catch (error) {
        isLasting = isLastingCode(codeBehind(error));
        throw error;
      }
    },
  };
}
