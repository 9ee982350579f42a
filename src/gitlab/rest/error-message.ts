/**
 * GitLab's word for what was wrong, in whichever of its shapes: `message` or `error`, a string, list or object.
 * @param hide takes the secrets out, before the text is cut: half a secret would not be known
 */
export function errorMessage(
  status: number,
  body: unknown,
  hide: (said: string) => string = (said) => said,
): string {
  const reported = typeof body === 'object' && body !== null ? fieldsOf(body) : textOf(body);
  const said = hide(reported).slice(0, longest);
  return said === '' ? `GitLab answers ${status}` : said;
}

const longest = 1_000;

function fieldsOf(body: object): string {
  const { message, error, error_description: description } = body as Record<string, unknown>;
  return flatten(message ?? description ?? error);
}

function flatten(said: unknown): string {
  if (typeof said === 'string') return said;
  if (Array.isArray(said)) return said.map(flatten).join(', ');
  if (typeof said !== 'object' || said === null) return '';
  return Object.entries(said)
    .map(([field, value]) => (field === 'base' ? flatten(value) : `${field}: ${flatten(value)}`))
    .join('; ');
}

/** An error page of a proxy says nothing to a caller. */
const textOf = (body: unknown): string => (typeof body === 'string' && !/<\w/.test(body) ? body.trim() : '');
