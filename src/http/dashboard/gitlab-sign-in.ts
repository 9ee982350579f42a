import type { Request, RequestHandler, Response } from 'express';
import type { People } from '../../app/access/people.ts';
import type { Clock, Log, SignInProvider } from '../../app/ports/index.ts';
import { messageOf } from '../../domain/error.ts';
import { addressOf } from '../middleware/client-address.ts';
import { requestIdOf } from '../middleware/request-id.ts';
import { basePathOf } from '../middleware/request-path.ts';
import { redirectBelow } from './base-path.ts';
import { textQuery } from './fields.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';
import { ownPath } from './own-path.ts';
import type { PageHandlers } from './page-handlers.ts';
import { createPendingSignIns } from './pending-sign-ins.ts';
import type { SessionCookie, Sessions } from './sessions.ts';

/** GitLab, as people sign in with it. */
export interface GitLabSignIn {
  readonly provider: SignInProvider;
  readonly people: People;
}

interface Deps {
  readonly answers: PageHandlers;
  readonly signIn: GitLabSignIn;
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
  /** Counts a refused sign-in. @throws AppError `too_many_requests` */
  readonly noteRefusal: (address: string) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** The same for each cause: a browser is given no hint. */
const refused: PageContent = {
  title: 'Not signed in',
  status: 401,
  body: html`<section class="empty">
    <h1>You are not signed in</h1>
    <p>Signing in with GitLab did not work. The log of the service says why.</p>
    <p><a class="button" href="/sign-in">Try again</a></p>
  </section>`,
};

/**
 * `/sign-in/gitlab`: sends a browser to GitLab, and takes it back from there. Both are GET requests, as a form that leads
 * to another host would be against the pages' content policy.
 */
export function gitlabSignIn({
  answers,
  signIn: { provider, people },
  sessions,
  cookie,
  publicUrl,
  noteRefusal,
  clock,
  log,
}: Deps): RequestHandler {
  const pending = createPendingSignIns(publicUrl, clock);
  const base = basePathOf(publicUrl);

  async function refuse(request: Request, reason: string): Promise<PageContent> {
    log.warn({ requestId: requestIdOf(request), from: addressOf(request), reason }, 'sign-in refused');
    await noteRefusal(addressOf(request));
    return refused;
  }

  async function begin(request: Request, response: Response): Promise<PageContent | null> {
    try {
      const { url, secrets } = await provider.begin();
      const next = ownPath(textQuery(request, 'next'));
      pending.keep({ request, response }, secrets.state, { secrets, next });
      response.redirect(303, url.href);
      return null;
    } catch (error) {
      return refuse(request, `GitLab is not ready for it: ${reasonOf(error)}`);
    }
  }

  async function finish(request: Request, response: Response): Promise<PageContent | null> {
    const found = pending.take(request, response, textQuery(request, 'state') ?? '');
    if (found === null) return refuse(request, 'state: not one of this browser, too old, or used before');
    const search = request.url.slice(request.url.indexOf('?'));
    const user = await provider.finish(search, found.secrets).catch((error: unknown) => reasonOf(error));
    if (typeof user === 'string') return refuse(request, user);
    const caller = await people.callerFor(user);
    if (caller === null) return refuse(request, `user ${user.userId} is blocked in GitLab, or gone`);
    log.info({ requestId: requestIdOf(request), caller: caller.id, from: addressOf(request) }, 'signed in');
    // A session from before, which somebody else may know, ends; the new one has another id.
    const before = cookie.read(request);
    if (before !== null) sessions.end(before);
    cookie.set(request, response, sessions.begin({ kind: 'person', user }));
    redirectBelow(base, response, found.next);
    return null;
  }

  return answers.openPage((request, response) => {
    const isBack = ['state', 'code', 'error'].some((name) => textQuery(request, name) !== null);
    return isBack ? finish(request, response) : begin(request, response);
  });
}

/** The error and its causes, for the log, with GitLab's code of it; what comes from outside may be of any length. */
function reasonOf(error: unknown): string {
  const reasons: string[] = [];
  for (let each = error; each instanceof Error && reasons.length < 4; each = each.cause) {
    const code = 'error' in each && typeof each.error === 'string' ? ` (${each.error})` : '';
    reasons.push(messageOf(each) + code);
  }
  return (reasons.length === 0 ? 'unknown' : reasons.join(': ')).slice(0, 300);
}
