/** The error for a token that cannot be sent in a header: `NAME: …`, without the token. */
export const unsendable = 'expected ASCII characters without blanks: an HTTP header carries no others';

/**
 * A token without the blanks, line ends and byte order mark around it; null for one that cannot be sent in a header: with
 * a zero-width space from a web page, with a line break inside, from a file in UTF-16.
 */
export function sendableToken(text: string): string | null {
  const token = text.trim();
  return /^[\u0021-\u007e]*$/.test(token) ? token : null;
}
