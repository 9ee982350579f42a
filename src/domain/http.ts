type Headers = Readonly<Record<string, string | undefined>>;

/**
 * `Retry-After` in either form (RFC 9110, 10.2.3): seconds, or a date, by the sender's clock if it is known. Null where
 * it is missing or neither.
 */
export function retryAfterMs({ 'retry-after': value, date = '' }: Headers, now: number): number | null {
  if (value === undefined || value === '') return null;
  const theirs = Date.parse(date);
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - (Number.isNaN(theirs) ? now : theirs);
  return Number.isNaN(ms) ? null : Math.max(ms, 0);
}

/** Whether an answer is a web page, as a sign-in or a proxy shows one: no API that we call answers with it. */
export const isHtml = (contentType: string | null | undefined): boolean =>
  contentType?.includes('html') === true;

/** The code that Node gives an error, such as ECONNREFUSED, safe to show; null: it has none, or it is a number. */
export function codeOf(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : null;
}

/** The code of a failed request: its own, or that of the cause which fetch wraps in "fetch failed". */
export const networkErrorCode = (error: unknown): string | null =>
  codeOf(error) ?? (error instanceof Error ? codeOf(error.cause) : null);
