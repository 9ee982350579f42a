/** Shorter ones are no secrets, and would tear holes into words. */
const shortestSecret = 6;

/**
 * Takes secrets out of what is about to be shown, as they are and as JSON and URLs write them.
 * @returns the same text with `[redacted]` in their places
 */
export function redactSecrets(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret.toWellFormed()),
    ]);
  // The longest first: one may be the beginning of another.
  const longestFirst = [...new Set(forms)].toSorted((one, other) => other.length - one.length);
  return (text) => longestFirst.reduce((shown, form) => shown.replaceAll(form, '[redacted]'), text);
}
