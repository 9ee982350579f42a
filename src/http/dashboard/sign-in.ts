import type { Request, RequestHandler } from 'express';
import type { Log } from '../../app/ports/index.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { addressOf } from '../middleware/client-address.ts';
import { requestIdOf } from '../middleware/request-id.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { redirectBelow } from './base-path.ts';
import { ownPath } from './own-path.ts';
import type { PageHandlers } from './page-handlers.ts';
import type { SessionCookie, Sessions } from './sessions.ts';
import { fieldOf, textQuery } from './fields.ts';
import type { Html } from './html.ts';
import { withQuery } from './table.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';
import { refuseForeignForms } from './same-origin.ts';

interface Deps {
  readonly answers: PageHandlers;
  readonly authenticate: Authenticate;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly publicUrl: string | null;
  /** Whether people can sign in with GitLab. */
  readonly hasGitLab: boolean;
  readonly log: Log;
}

const gitlabLink = (next: string): Html =>
  html`<p class="with-gitlab">
      <a class="button primary" href="${withQuery('/sign-in/gitlab', { next: next === '/' ? null : next })}"
        >Sign in with GitLab</a
      >
    </p>
    <p class="hint">Or with a key, as machines and administrators have one:</p>`;

const wrong = html`<p class="problem" id="problem" role="alert">
  This key is not in force: unknown, expired or revoked.
</p>`;

function signInPage(next: string, problem: Html | null, hasGitLab: boolean): PageContent {
  const body = html`<section class="sign-in">
    <h1>Sign in</h1>
    ${hasGitLab && gitlabLink(next)}
    <form method="post" action="/sign-in">
      ${problem}
      <input type="hidden" name="next" value="${next}" />
      <label for="key">API key</label>
      <input
        id="key"
        name="key"
        type="password"
        required
        ${!hasGitLab && html`autofocus`}
        autocomplete="current-password"
        spellcheck="false"
        aria-describedby="${problem !== null && 'problem '}hint"
        ${problem !== null && html`aria-invalid="true"`}
      />
      <p class="hint" id="hint">
        A key that <code>pipeline-trigger keys create</code> printed, or the service’s
        <code>ADMIN_TOKEN</code>.
      </p>
      <button class="primary">Sign in</button>
    </form>
  </section>`;
  return { title: 'Sign in', body, status: problem === null ? 200 : 401 };
}

/** Signing in with an API key, and out again. The key goes into a session; the browser gets the session's name only. */
export function signInHandlers({ answers, authenticate, sessions, cookie, publicUrl, hasGitLab, log }: Deps) {
  const base = basePathOf(publicUrl);
  const endSession = (request: Request): void => {
    const id = cookie.read(request);
    if (id !== null) sessions.end(id);
  };

  const show = answers.openPage((request) =>
    signInPage(ownPath(textQuery(request, 'next')), null, hasGitLab),
  );

  const signIn = answers.openPage(async (request, response) => {
    refuseForeignForms(request, { publicUrl, cookie });
    const next = ownPath(fieldOf(request, 'next'));
    const token = fieldOf(request, 'key')?.trim() ?? '';
    const caller = token === '' ? null : await authenticate(token, addressOf(request), request.get('host'));
    if (caller === null) {
      log.warn({ requestId: requestIdOf(request), from: request.ip }, 'sign-in refused');
      return signInPage(next, wrong, hasGitLab);
    }
    log.info({ requestId: requestIdOf(request), caller: caller.id, from: request.ip }, 'signed in');
    endSession(request);
    cookie.set(request, response, sessions.begin({ kind: 'token', token }));
    redirectBelow(base, response, next);
    return null;
  });

  const signOut: RequestHandler = (request, response) => {
    refuseForeignForms(request, { publicUrl, cookie });
    endSession(request);
    cookie.clear(response);
    redirectBelow(base, response, '/sign-in');
  };

  return { show, signIn, signOut };
}
