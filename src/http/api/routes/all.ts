import type { Route } from '../route.ts';
import { listAuditRoute } from './audit.ts';
import { listArtifactsRoute, readArchiveRoute, readFileRoute } from './artifacts.ts';
import * as callbacks from './callbacks.ts';
import * as deliveries from './deliveries.ts';
import { receiveHookRoute } from './hooks.ts';
import * as projectHooks from './project-hooks.ts';
import { explainProblemRoute, healthRoute, metricsRoute, openApiRoute, readyRoute } from './service.ts';
import { differenceRoute, historyRoute } from './diagnostics.ts';
import * as steering from './steering.ts';
import { createTriggerRoute, followTriggersRoute, listTriggersRoute, showTriggerRoute } from './triggers.ts';
import * as waiting from './waiting.ts';

/** Every route of the service, in the order of the documentation. */
export const routes: readonly Route[] = [
  createTriggerRoute,
  listTriggersRoute,
  followTriggersRoute,
  showTriggerRoute,
  steering.cancelRoute,
  steering.playRoute,
  steering.approveRoute,
  steering.rejectRoute,
  steering.retryRoute,
  steering.reconcileRoute,
  steering.resolveRoute,
  waiting.waitRoute,
  waiting.postWaitRoute,
  waiting.upstreamVerdictRoute,
  waiting.eventsRoute,
  waiting.logRoute,
  listArtifactsRoute,
  readArchiveRoute,
  readFileRoute,
  historyRoute,
  differenceRoute,
  deliveries.listDeliveriesRoute,
  deliveries.showDeliveryRoute,
  deliveries.replayDeliveryRoute,
  callbacks.listCallbacksRoute,
  callbacks.showCallbackRoute,
  callbacks.retryCallbackRoute,
  projectHooks.showProjectHooksRoute,
  projectHooks.matchProjectsRoute,
  projectHooks.hookHealthRoute,
  projectHooks.installHookRoute,
  projectHooks.doctorHookRoute,
  projectHooks.removeHookRoute,
  listAuditRoute,
  receiveHookRoute,
  healthRoute,
  readyRoute,
  metricsRoute,
  openApiRoute,
  explainProblemRoute,
];
