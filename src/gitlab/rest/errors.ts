import { ZodError } from 'zod';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';

/**
 * GitLab's error message, in any of its forms: `message` or `error`, a string, list or object.
 * @param hide removes secrets before the text is cut, since a part of a secret would not be recognized
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

/** An error page of a proxy is no message for a caller. */
const textOf = (body: unknown): string => (typeof body === 'string' && !/<\w/.test(body) ? body.trim() : '');

/** An answer that turns out not to be GitLab's counts as none. */
export function mapErrors<Port extends object>(port: Port): Port {
  const explain = (error: unknown): never => {
    if (error instanceof ZodError || error instanceof TypeError)
      throw new GitLabUnavailable('the answer is not one of the GitLab API', {
        retryAfterMs: null,
        inDoubtMs: 5_000,
      });
    throw error;
  };
  const wrapped = Object.entries(port).map(([name, method]) => [
    name,
    (...args: never[]) => (method as (...args: never[]) => Promise<unknown>)(...args).catch(explain),
  ]);
  return Object.fromEntries(wrapped) as Port;
}
