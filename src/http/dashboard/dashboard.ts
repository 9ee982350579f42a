import type { RequestHandler, Router as ExpressRouter } from 'express';
import { Router, urlencoded } from 'express';
import type { Engine } from '../../app/create-engine.ts';
import type {
  AuditLog,
  Clock,
  DeliveryStore,
  Log,
  RunStatistics,
  TriggerStore,
} from '../../app/ports/index.ts';
import type { HookOperations } from '../../app/project-hooks/hook-operations.ts';
import type { HookWatch } from '../../app/project-hooks/hook-watch.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Authorizer } from '../../app/access/authorize.ts';
import type { Approvals } from '../../app/triggers/decide-approval.ts';
import type { AuditedSteering } from '../../app/triggers/audited-steering.ts';
import type { ApiKeys } from '../../app/access/api-keys.ts';
import type { Audit } from '../../app/access/audit.ts';
import { createHostCheck } from '../../domain/access/allowed-host.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import { options, optionsOf } from '../middleware/method-not-allowed.ts';
import { createPageHandlers } from './page-handlers.ts';
import { assetUrls, serveAssets } from './assets.ts';
import { auditPage } from './audit.ts';
import { auditCsv } from './audit-csv.ts';
import { statisticsPage } from './statistics.ts';
import { createSessionCookie, createSessions } from './sessions.ts';
import { deliveryPages } from './deliveries.ts';
import { createFlashes } from './flashes.ts';
import { hookPages } from './hooks.ts';
import { keyPages } from './keys.ts';
import { listSource, triggerSource } from './live-sources.ts';
import { createLiveStreams } from './live.ts';
import { logPage } from './log.ts';
import type { GitLabSignIn } from './gitlab-sign-in.ts';
import { gitlabSignIn } from './gitlab-sign-in.ts';
import { signInHandlers } from './sign-in.ts';
import { steerForms } from './steer.ts';
import { findTrigger, triggerPage } from './trigger.ts';
import { triggersPage } from './triggers.ts';
import type { ActorOf } from './authenticate-page.ts';
import { forAdmins, createAuthenticatePage } from './authenticate-page.ts';

export interface DashboardDeps {
  readonly engine: Pick<Engine, 'readLog' | 'waiters' | 'applyDelivery'>;
  readonly diagnostics: Diagnostics;
  readonly hookOperations: HookOperations;
  readonly hookWatch: HookWatch;
  readonly steerAs: AuditedSteering;
  readonly authorizer: Pick<Authorizer, 'steer'>;
  readonly approvals: Approvals;
  readonly actorOf: ActorOf;
  readonly store: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly auditLog: AuditLog;
  readonly statistics: RunStatistics;
  readonly authenticate: Authenticate;
  /** Null where people cannot sign in with GitLab. */
  readonly signIn: GitLabSignIn | null;
  /** Counts a request of a caller. @throws AppError `too_many_requests` */
  readonly noteCall: (caller: string) => Promise<void>;
  /** Counts a refused sign-in. @throws AppError `too_many_requests` */
  readonly noteRefusal: (address: string) => Promise<void>;
  readonly publicUrl: string | null;
  readonly eventStreams: EventStreams;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the service stops. */
  readonly draining: AbortSignal;
}

/** Nothing from other hosts, no inline scripts, no frames. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const protect: RequestHandler = (_request, response, next) => {
  response.set({
    'content-security-policy': contentSecurityPolicy,
    'cache-control': 'no-store',
    // Without it a browser sends a form with the origin `null`.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  });
  next();
};

/** Where there is no application, there is no such page. */
const noSignIn: RequestHandler = (_request, _response, next) => next();

const readForm = urlencoded({ extended: false, limit: '64kb' });

/** The dashboard: pages at `/`, `/triggers/…`, and their files. Works without JavaScript, except for live updates. */
// eslint-disable-next-line max-lines-per-function -- one line for each page, with its parts
export function createDashboard(deps: DashboardDeps): ExpressRouter {
  const {
    engine,
    diagnostics,
    hookOperations,
    hookWatch,
    steerAs,
    authorizer,
    approvals,
    actorOf,
    store,
    inbox,
    keys,
    audit,
    auditLog,
    statistics,
    authenticate,
    signIn,
    noteCall,
    noteRefusal,
    publicUrl,
    clock,
    log,
    draining,
  } = deps;
  const { waiters } = engine;
  const isAway = (): boolean => signIn?.people.isAway() === true;
  const sessions = createSessions(clock);
  const cookie = createSessionCookie(publicUrl);
  const authenticatePage = createAuthenticatePage({
    authenticate,
    sessions,
    cookie,
    people: signIn?.people ?? null,
    noteCall,
    isAllowedHost: createHostCheck(publicUrl),
  });
  const assets = assetUrls();
  const flashes = createFlashes(clock);
  const answers = createPageHandlers({ authenticatePage, flashes, cookie, assets, publicUrl, clock, log });
  const hasGitLab = signIn !== null && publicUrl !== null;
  const signing = signInHandlers({ answers, authenticate, sessions, cookie, publicUrl, hasGitLab, log });
  const withGitLab = hasGitLab
    ? gitlabSignIn({ answers, signIn, sessions, cookie, publicUrl, noteRefusal, clock, log })
    : noSignIn;
  const steering = steerForms({ answers, store, steerAs, authorizer, approvals, actorOf });
  const deliveries = deliveryPages({
    answers,
    inbox,
    applyDelivery: engine.applyDelivery,
    audit,
    actorOf,
    clock,
  });
  const hooks = hookPages({
    answers,
    operations: hookOperations,
    watch: hookWatch,
    publicUrl,
    actorOf,
    clock,
  });
  const keyHandlers = keyPages({ answers, keys, actorOf, clock });
  const { eventStreams } = deps;
  const live = createLiveStreams({ authenticatePage, eventStreams, publicUrl, clock, draining });

  const pages = Router()
    .use(protect)
    .get('/', answers.page(triggersPage({ store, diagnostics, waiters, approvals, isAway, clock })))
    .all('/', answers.getOnly)
    .get(
      '/triggers/:id',
      answers.page(triggerPage({ store, diagnostics, waiters, approvals, statistics, clock })),
    )
    .get('/triggers/:id/log', logPage({ authenticatePage, store, readLog: engine.readLog }))
    .post('/triggers/:id/approve', readForm, steering.approve)
    .post('/triggers/:id/reject', readForm, steering.reject)
    .post('/triggers/:id/cancel', readForm, steering.cancel)
    .post('/triggers/:id/play', readForm, steering.play)
    .post('/triggers/:id/retry', readForm, steering.retry)
    .post('/triggers/:id/reconcile', readForm, steering.reconcile)
    .post('/triggers/:id/resolve', readForm, steering.resolve)
    .get('/statistics', answers.page(forAdmins(statisticsPage({ statistics, clock }))))
    .get('/deliveries', deliveries.list)
    .get('/deliveries/:id', deliveries.show)
    .post('/deliveries/:id/replay', readForm, deliveries.replay)
    .get('/hooks', hooks.show)
    .post('/hooks/repair', readForm, hooks.repair)
    .post('/hooks/resend', readForm, hooks.resend)
    .get('/keys', keyHandlers.list)
    .post('/keys', readForm, keyHandlers.create)
    .post('/keys/:id/revoke', readForm, keyHandlers.revoke)
    .get('/audit.csv', auditCsv({ authenticatePage, audit: auditLog }))
    .get('/audit', answers.page(forAdmins(auditPage({ audit: auditLog, clock }))))
    .get(
      '/live',
      live((visit) => listSource({ diagnostics, waiters, clock }, visit)),
    )
    .get(
      '/triggers/:id/live',
      live(async (visit) => triggerSource({ waiters }, (await findTrigger(store, visit)).id)),
    )
    .get('/sign-in', signing.show)
    .post('/sign-in', readForm, signing.signIn)
    .get('/sign-in/gitlab', withGitLab)
    .post('/sign-out', readForm, signing.signOut);

  return Router()
    .options('/assets/*file', options('GET'))
    .use(optionsOf(pages))
    .use('/assets', serveAssets())
    .use(pages)
    .use(answers.errors);
}
