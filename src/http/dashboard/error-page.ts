import type { ErrorCode } from '../../domain/error.ts';
import { detailOf, errorStatus, errorCodeOf } from '../middleware/error-status.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';

/** The text of a page about an error; an internal error only refers to the log. */
export function messageFor(error: unknown): { readonly code: ErrorCode; readonly text: string } {
  const code = errorCodeOf(error);
  const isOurs = code === 'internal';
  return {
    code,
    text: isOurs ? 'It is in the log of the service.' : (detailOf(error) ?? errorStatus[code][1]),
  };
}

/** The page that replaces one that failed. */
export function errorPage(error: unknown): PageContent & { readonly status: number } {
  const { code, text } = messageFor(error);
  const [status, title] = errorStatus[code];
  const body = html`<section class="empty">
    <h1>${title}</h1>
    <p>${text}</p>
    <p><a class="button" href="/">To the triggers</a></p>
  </section>`;
  return { title, status, body };
}
