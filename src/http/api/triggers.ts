import type { RequestHandler, Router } from 'express';
import type { Engine } from '../../app/create-engine.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Authorizer } from '../../app/access/authorize.ts';
import type { ResolveProject } from '../../app/access/resolve-project.ts';
import type { Clock, TriggerStore } from '../../app/ports/index.ts';
import type { Approvals } from '../../app/triggers/decide-approval.ts';
import type { AuditedSteering } from '../../app/triggers/audited-steering.ts';
import type { Tracer } from '../../app/ports/tracer.ts';
import { noTracer } from '../../app/ports/tracer.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import { approvalHandler } from './approvals.ts';
import { listArtifacts, readArtifact } from './artifacts.ts';
import { createTrigger } from './create-trigger.ts';
import { followEvents } from './events.ts';
import { showDifference, showHistory } from './diagnostics.ts';
import { followTriggers } from './follow-triggers.ts';
import { createFindTrigger } from './find-trigger.ts';
import { listTriggers } from './list-triggers.ts';
import { createLongPoll } from './long-poll.ts';
import { writeLog } from '../middleware/write-log.ts';
import { createRequestSignal } from '../middleware/streaming.ts';
import { readQuery } from './query.ts';
import { readBytes, requireJson } from '../middleware/read-body.ts';
import { on, routerOf } from './route.ts';
import { listArtifactsRoute, readArchiveRoute, readFileRoute } from './routes/artifacts.ts';
import { differenceRoute, historyRoute } from './routes/diagnostics.ts';
import * as steering from './routes/steering.ts';
import {
  createTriggerRoute,
  followTriggersRoute,
  listTriggersRoute,
  showTriggerRoute,
} from './routes/triggers.ts';
import { eventsRoute, logRoute, postWaitRoute, upstreamVerdictRoute, waitRoute } from './routes/waiting.ts';
import { showTrigger } from './show-trigger.ts';
import { steerHandlers } from './steer.ts';
import type { RequestDefaults } from '../../api/trigger-request.ts';
import type { PageUrlOf } from '../../api/approval-view.ts';
import type { TriggerView } from '../../api/trigger-view.ts';
import { triggerView } from '../../api/trigger-view.ts';
import { upstreamVerdict } from './upstream-verdict.ts';
import { waitHandler } from './wait.ts';

export interface TriggerDeps {
  readonly engine: Pick<
    Engine,
    'startTrigger' | 'waitFor' | 'explainFailure' | 'readLog' | 'artifacts' | 'waiters' | 'compare'
  >;
  readonly diagnostics: Diagnostics;
  /** Called when a waiting caller has been notified of a trigger's end. */
  readonly released?: (trigger: Trigger) => void;
  readonly tracer?: Tracer;
  readonly steerAs: AuditedSteering;
  readonly store: TriggerStore;
  readonly authenticate: Authenticate;
  readonly authorizer: Authorizer;
  readonly approvals: Approvals;
  readonly pageUrlOf: PageUrlOf;
  readonly resolveProject: ResolveProject;
  readonly defaults: RequestDefaults;
  readonly clock: Clock;
  readonly eventStreams: EventStreams;
  /** `PENDING_LIMIT`: how many pending triggers one caller may have. */
  readonly pendingLimit: number;
  /** Aborts when the service stops: held requests are answered, so that callers come back to the next process. */
  readonly draining: AbortSignal;
}

/** Variables may contain whole files. */
const bodyLimitBytes = 2 ** 20;

/** The routes under /v1/triggers. */
// eslint-disable-next-line max-lines-per-function -- one line for each route, with its handler's parts
export function createTriggers(deps: TriggerDeps): Router {
  const {
    engine,
    diagnostics,
    steerAs,
    store,
    authenticate,
    authorizer,
    defaults,
    clock,
    draining,
    pendingLimit,
  } = deps;
  const { startTrigger, waitFor, explainFailure, waiters, compare } = engine;
  const signalOf = createRequestSignal(draining);
  const hold = createLongPoll({ store, waiters, clock, draining, diagnostics });
  const waiting = {
    hold,
    explainFailure,
    waiters,
    diagnostics,
    released: deps.released ?? (() => undefined),
    tracer: deps.tracer ?? noTracer,
    draining,
  };
  const { approvals, pageUrlOf } = deps;
  const view = (trigger: Trigger): TriggerView => triggerView(trigger, waiters.count(trigger.id), pageUrlOf);
  const find = createFindTrigger({ store, authenticate });
  const { cancel, play, retry, reconcile, resolve } = steerHandlers({
    ...{ find, view, steerAs, authorizer, approvals },
  });
  const approval = { find, view, approvals };
  const downloading = { find, artifacts: engine.artifacts, eventStreams: deps.eventStreams };
  /** A page of triggers, each with all its outputs, would be of many megabytes. */
  const listed = (trigger: Trigger): TriggerView => {
    const { outputs: _outputs, ...shown } = view(trigger);
    return shown;
  };

  const wait = waitHandler(find, waiting);

  const streaming = { store, waiters, clock, authenticate, eventStreams: deps.eventStreams, signalOf };

  const log: RequestHandler = async (request, response) => {
    const { trigger } = await find(request);
    const { failed } = readQuery(request, logRoute.query);
    await writeLog(response, engine.readLog(trigger, { failedOnly: failed }));
  };

  const requireCaller: RequestHandler = async (request, _response, next) => {
    await callerOf(request, authenticate);
    next();
  };

  const readJson = [requireJson, readBytes(bodyLimitBytes)];
  return routerOf(
    [
      on(
        createTriggerRoute,
        ...readJson,
        createTrigger({
          startTrigger,
          authenticate,
          authorizer,
          resolveProject: deps.resolveProject,
          defaults,
          pendingLimit,
          ...waiting,
        }),
      ),
      on(listTriggersRoute, listTriggers({ store, authenticate, diagnostics, view: listed })),
      on(
        followTriggersRoute,
        followTriggers({
          store,
          waiters,
          authenticate,
          eventStreams: deps.eventStreams,
          signalOf,
          clock,
          view: listed,
        }),
      ),
      on(showTriggerRoute, showTrigger({ find, view, waitFor, signalOf, presence: diagnostics.presence })),
      on(waitRoute, wait),
      on(postWaitRoute, wait),
      on(upstreamVerdictRoute, upstreamVerdict({ store, authenticate, ...waiting })),
      on(eventsRoute, followEvents({ ...streaming, find, pageUrlOf, presence: diagnostics.presence })),
      on(logRoute, log),
      on(listArtifactsRoute, listArtifacts({ find, artifacts: engine.artifacts })),
      on(readArchiveRoute, readArtifact(downloading)),
      on(readFileRoute, readArtifact(downloading)),
      on(historyRoute, showHistory({ find, diagnostics, view })),
      on(differenceRoute, showDifference({ find, compare })),
      on(steering.cancelRoute, readBytes(bodyLimitBytes), cancel),
      on(steering.playRoute, readBytes(bodyLimitBytes), play),
      on(steering.approveRoute, readBytes(bodyLimitBytes), approvalHandler(approval, 'approve')),
      on(steering.rejectRoute, readBytes(bodyLimitBytes), approvalHandler(approval, 'reject')),
      on(steering.retryRoute, retry),
      on(steering.reconcileRoute, reconcile),
      on(steering.resolveRoute, ...readJson, resolve),
    ],
    { under: '/v1/triggers', guard: requireCaller },
  );
}
