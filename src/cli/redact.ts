/** Shorter ones are no secrets, and would tear holes into words. */
const shortestSecret = 6;

/** Replaces secrets in what is about to be shown. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((secret) => secret.length >= shortestSecret);
  return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, '[redacted]'), text);
}
