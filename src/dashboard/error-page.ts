import type { ErrorCode } from '../domain/error.ts';
import { AppError } from '../domain/error.ts';
import { html } from './html.ts';
import type { Page } from './layout.ts';

const rowOf = {
  invalid: [400, 'That was not understood'],
  unauthorized: [401, 'Sign in first'],
  forbidden: [403, 'This is not allowed'],
  not_found: [404, 'Not found'],
  pruned: [410, 'No longer kept'],
  key_reused: [422, 'The Idempotency-Key was used for another request'],
  unsupported_media_type: [415, 'That was not understood'],
  too_large: [413, 'That was too much'],
  too_many_requests: [429, 'Too many requests'],
  gitlab_refused: [422, 'GitLab refused'],
  gitlab_unavailable: [503, 'GitLab cannot be reached'],
  storage_unavailable: [503, 'The database cannot be used just now'],
  internal: [500, 'Something went wrong here'],
} as const satisfies Record<ErrorCode, readonly [status: number, title: string]>;

/** What express and its body parser call their errors. */
const expressCodes: Readonly<Record<string, ErrorCode>> = {
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'parameters.too.many': 'too_large',
  'request.aborted': 'invalid',
  'request.size.invalid': 'invalid',
};

/** What a page says about anything thrown; of what is ours to mend only that it happened. */
export function toldOf(error: unknown): { readonly code: ErrorCode; readonly text: string } {
  if (error instanceof AppError && error.code !== 'internal')
    return { code: error.code, text: error.message };
  if (error instanceof URIError) return { code: 'not_found', text: 'there is nothing at this path' };
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  const code = expressCodes[type] ?? 'internal';
  return { code, text: code === 'internal' ? 'It is in the log of the service.' : rowOf[code][1] };
}

/** The page in place of one that could not be made. */
export function errorPage(error: unknown): Page & { readonly status: number } {
  const { code, text } = toldOf(error);
  const [status, title] = rowOf[code];
  const body = html`<section class="empty">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a class="button" href="/">To the triggers</a></p>
  </section>`;
  return { title, status, body };
}
