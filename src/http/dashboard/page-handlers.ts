import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Clock, Log } from '../../app/ports/index.ts';
import { LimitReached } from '../../domain/error.ts';
import { logFailure } from '../middleware/log-failure.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { markupBelow, redirectBelow } from './base-path.ts';
import { errorPage, messageFor } from './error-page.ts';
import type { Flash, Flashes } from './flashes.ts';
import { html } from './html.ts';
import type { AssetUrls, PageContent } from './layout.ts';
import { fitting, layout } from './layout.ts';
import type { SessionCookie } from './sessions.ts';
import { refuseForeignForms } from './same-origin.ts';
import type { PageRequest, AuthenticatePage } from './authenticate-page.ts';

interface Deps {
  readonly authenticatePage: AuthenticatePage;
  readonly flashes: Flashes;
  readonly cookie: Pick<SessionCookie, 'read'>;
  readonly assets: AssetUrls;
  readonly publicUrl: string | null;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Where a form leads to, and the message that is shown there. */
export interface FormResult extends Omit<Flash, 'variant'> {
  /** `good` unless given. */
  readonly variant?: Flash['variant'];
  readonly to: string;
}

/** Makes Express handlers of pages and forms. */
export interface PageHandlers {
  /** A page for authorized callers. */
  readonly page: (make: (visit: PageRequest) => Promise<PageContent>) => RequestHandler;
  /** A page for everyone. */
  readonly openPage: (
    make: (request: Request, response: Response) => PageContent | Promise<PageContent | null>,
  ) => RequestHandler;
  /** A form: performs the action, then redirects to a page with the result, so that a reload does not repeat it. */
  readonly form: (
    backTo: (request: Request) => string,
    act: (visit: PageRequest) => Promise<FormResult>,
  ) => RequestHandler;
  /** Answers other methods; to be registered after the page. */
  readonly getOnly: RequestHandler;
  readonly errors: ErrorRequestHandler;
}

/** Errors without a page to return to. */
const hasNoWayBack: ReadonlySet<string> = new Set(['unauthorized', 'not_found', 'pruned', 'internal']);

export function createPageHandlers({
  authenticatePage,
  flashes,
  cookie,
  assets,
  publicUrl,
  clock,
  log,
}: Deps): PageHandlers {
  const base = basePathOf(publicUrl);

  function send(response: Response, page: PageContent, visit: PageRequest | null, flash: Flash | null): void {
    const body = fitting([() => page.body]);
    const now = new Date(clock.now()).toISOString();
    const text = markupBelow(base, layout({ ...page, body }, { assets, visit, flash, now }).toString());
    response
      .status(page.status ?? 200)
      .type('html')
      .end(text);
  }

  const redirectWith = (response: Response, { caller }: PageRequest, to: string, flash: Flash): void => {
    const url = new URL(to, 'http://here');
    url.searchParams.set('message', flashes.keep(caller.id, flash));
    redirectBelow(base, response, `${url.pathname}${url.search}#flash`);
  };

  function takeFlash({ query: { message } }: Request, { caller }: PageRequest): Flash | null {
    return typeof message === 'string' ? flashes.take(caller.id, message) : null;
  }

  return {
    page: (make) =>
      async function answerPage(request, response) {
        const visit = await authenticatePage(request);
        response.locals['visit'] = visit;
        const page = await make(visit);
        send(response, page, visit, takeFlash(request, visit));
      },

    openPage: (make) =>
      async function answerOpenPage(request, response) {
        const page = await make(request, response);
        if (page !== null) send(response, page, null, null);
      },

    form: (backTo, act) =>
      async function answerForm(request, response) {
        refuseForeignForms(request, { publicUrl, cookie });
        const visit = await authenticatePage(request);
        try {
          const { to, ...flash } = await act(visit);
          redirectWith(response, visit, to, { variant: 'good', ...flash });
        } catch (error) {
          const { code, text } = messageFor(error);
          if (hasNoWayBack.has(code)) throw error;
          redirectWith(response, visit, backTo(request), { variant: 'bad', text });
        }
      },

    getOnly: (_request, response) => {
      response.set('allow', 'GET, HEAD');
      const body = html`<section class="empty"><h1>This page can only be read</h1></section>`;
      send(response, { title: 'Method not allowed', status: 405, body }, null, null);
    },

    errors: (error: unknown, request, response, next) => {
      const { code } = messageFor(error);
      if (code === 'internal') logFailure(log, request, error, 'page failed');
      if (error instanceof LimitReached) response.set('retry-after', String(error.retryAfterSeconds));
      if (response.headersSent) next(error);
      else if (code === 'unauthorized' && request.accepts('html') !== false)
        redirectBelow(base, response, signInPath(request));
      else {
        const visit = (response.locals['visit'] ?? null) as PageRequest | null;
        // The result of a form is shown even where the next page fails.
        send(response, errorPage(error), visit, visit === null ? null : takeFlash(request, visit));
      }
    },
  };
}

/** Redirects back to the requested page; a submitted form is not sent again. */
const signInPath = ({ method, url }: Request): string =>
  method === 'GET' && url !== '/' ? `/sign-in?next=${encodeURIComponent(url)}` : '/sign-in';
