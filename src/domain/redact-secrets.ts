/** Shorter values are no secrets, and replacing them would damage ordinary words. */
const shortestSecret = 6;

/**
 * Removes secrets from a text that is about to be shown, in plain form and as JSON and URLs encode them.
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
  return function redact(text) {
    return longestFirst.reduce((shown, form) => shown.replaceAll(form, '[redacted]'), text);
  };
}
