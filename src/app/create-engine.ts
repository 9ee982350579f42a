import type { ConnectGitLab, Clock, DeliveryStore, Log, ServiceAccess, TriggerStore } from './ports/index.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { WebhookTrust } from '../domain/webhook-trust.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { isFinished } from '../domain/trigger/trigger.ts';
import type { AccessFor } from './engine/gitlab-access.ts';
import { createGitLabAccess } from './engine/gitlab-access.ts';
import type { ApplyEvent, Perform } from './engine/apply-event.ts';
import { createApplyEvent } from './engine/apply-event.ts';
import { createBackgroundAdoption, createAdoptPipeline } from './deliveries/adopt-pipeline.ts';
import { createApplyInbox, createUpstreamCheck } from './engine/apply-inbox.ts';
import { createCancelPipeline } from './engine/cancel-pipeline.ts';
import type { Compare } from './triggers/compare.ts';
import { createCompare } from './triggers/compare.ts';
import { createConfirmPipeline } from './engine/confirm-pipeline.ts';
import { createConfirmUpstream } from './engine/confirm-upstream.ts';
import { createEvaluateHook } from './engine/evaluate-hook.ts';
import { createHostRecovery, reportingAnswers } from './engine/host-recovery.ts';
import { noteFailedCalls } from './engine/note-failed-calls.ts';
import { createPlayGate } from './reports/play-gate.ts';
import { createPostStatus } from './reports/post-status.ts';
import { createReportAccess } from './reports/report-access.ts';
import { createReadRefused } from './engine/read-refused.ts';
import { createExclusively, exclusiveAnyway } from './engine/exclusively.ts';
import type { Processes } from './ports/processes.ts';
import type { Meter } from './ports/meter.ts';
import { noMeter } from './ports/meter.ts';
import type { Work } from './engine/perform.ts';
import { createPerform } from './engine/perform.ts';
import { createReadOutputs } from './engine/read-outputs.ts';
import { createPlayJobs } from './engine/play-jobs.ts';
import { createRecallChildren } from './engine/recall-children.ts';
import { createReadChildren } from './engine/read-children.ts';
import { createReadForPlay } from './engine/read-for-play.ts';
import type { ExplainFailure } from './triggers/explain-failure.ts';
import { createExplainFailure } from './triggers/explain-failure.ts';
import type { ApplyDelivery, ReceiveDelivery } from './deliveries/receive-delivery.ts';
import { createApplyDelivery, isUnapplied, createReceiveDelivery } from './deliveries/receive-delivery.ts';
import type { Progressed } from './engine/log-progress.ts';
import type { ReadLog } from './triggers/read-log.ts';
import { createReadLog } from './triggers/read-log.ts';
import type { Artifacts } from './triggers/artifacts.ts';
import { createArtifacts } from './triggers/artifacts.ts';
import { createRetryJobs } from './engine/retry-jobs.ts';
import { createRetryPipeline } from './engine/retry-pipeline.ts';
import { createStartPipeline } from './engine/start-pipeline.ts';
import { createTakeUpPipeline } from './engine/take-up-pipeline.ts';
import type { StartTrigger } from './triggers/start-trigger.ts';
import type { Audit } from './access/audit.ts';
import { noAudit } from './access/audit.ts';
import { createStartTrigger } from './triggers/start-trigger.ts';
import type { SteerTrigger } from './triggers/steer-trigger.ts';
import { createSteerTrigger } from './triggers/steer-trigger.ts';
import type { Sweep } from './sweep/sweep.ts';
import { createSweep } from './sweep/sweep.ts';
import { createExactPoller } from './sweep/exact-poller.ts';
import { createBatchPoller } from './sweep/batch-poller.ts';
import { traceDecisions, traceDeliveries, tracePerformers, traceStart } from './traced.ts';
import type { Tracer } from './ports/tracer.ts';
import { noTracer } from './ports/tracer.ts';
import type { WaitFor } from './triggers/wait-for-outcome.ts';
import { createWaitForOutcome } from './triggers/wait-for-outcome.ts';
import type { TriggerNotifier } from './engine/trigger-notifier.ts';
import { createTriggerNotifier } from './engine/trigger-notifier.ts';

export interface EngineOptions {
  readonly store: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly connectGitLab: ConnectGitLab;
  readonly service: ServiceAccess;
  /** What an authenticated webhook may prove; `project` unless given. */
  readonly webhookTrust?: WebhookTrust;
  /** `PRODUCTION_GUARD`; off unless given. */
  readonly guardsProduction?: boolean;
  /** `AUTO_RETRY_BUDGET`; 20 unless given. */
  readonly autoRetryBudget?: number;
  /** Records what the service does by itself; nothing does unless given. */
  readonly audit?: Pick<Audit, 'note'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly newTriggerId: () => TriggerId;
  /** After how long without an update a trigger is polled. */
  readonly quietMs: number;
  /** Polls each trigger exactly once in that time, without saving reads. */
  readonly looksExactly?: boolean;
  /** Called after each stored change of a trigger that has finished. */
  readonly onFinished?: () => void;
  readonly progressed?: Progressed;
  readonly meter?: Meter;
  readonly tracer?: Tracer;
  /** Those that share the database; unless given, only this process acts. */
  readonly processes?: Processes | undefined;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** All use cases, wired to each other: everything the service does short of HTTP. */
export interface Engine {
  readonly startTrigger: StartTrigger;
  readonly receiveDelivery: ReceiveDelivery;
  readonly applyDelivery: ApplyDelivery;
  /** The same for a delivery that another process has stored, only to triggers without an update since. */
  readonly applyUnapplied: ApplyDelivery;
  readonly waitFor: WaitFor;
  readonly explainFailure: ExplainFailure;
  readonly readLog: ReadLog;
  readonly artifacts: Artifacts;
  readonly steer: SteerTrigger;
  readonly compare: Compare;
  readonly sweep: Sweep;
  readonly waiters: TriggerNotifier;
  /** Stops: work under way is finished, no new work begins. */
  readonly stop: () => Promise<void>;
}

// eslint-disable-next-line max-lines-per-function -- a list of the use cases in the order in which each needs the ones before
export function createEngine(options: EngineOptions): Engine {
  const { store, inbox, connectGitLab, service, clock, log, quietMs, random = Math.random } = options;
  const { meter = noMeter, tracer = noTracer, audit = noAudit, processes } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const waiters = createTriggerNotifier();
  const recovery = createHostRecovery(clock);
  const answering = reportingAnswers(connectGitLab, recovery);
  const accessFor = createGitLabAccess({
    store,
    connectGitLab: answering,
    service,
  });
  const { alone, confirmed } =
    processes === undefined ? exclusiveAnyway : createExclusively({ processes, store, clock, signal });
  const changingAccess: AccessFor = async (trigger) => {
    const access = await accessFor(trigger);
    return { ...access, gitlab: confirmed(trigger.id, access.gitlab) };
  };

  // A decision starts work, and work produces events to decide on: this closes the circle.
  const perform: Perform = (id, actions) => work.perform(id, actions);
  const notify = (trigger: Trigger): void => {
    waiters.notify(trigger);
    if (isFinished(trigger)) options.onFinished?.();
  };
  const applyEvent: ApplyEvent = traceDecisions(
    tracer,
    createApplyEvent({
      store,
      waiters: { notify },
      perform,
      progressed: options.progressed,
      here: tracer.captureContext,
    }),
  );
  const evaluateHook = createEvaluateHook({ accessFor, trust: options.webhookTrust ?? 'project' });
  const recallChildren = createRecallChildren({ inbox, applyEvent, clock });
  const applyInbox = createApplyInbox({ store, inbox, recallChildren, applyEvent, evaluateHook, clock });
  const takeUpPipeline = createTakeUpPipeline({ applyEvent, applyInbox, clock });
  const adoptPipeline = createAdoptPipeline({ store, accessFor, takeUpPipeline, clock, signal });
  const applyDeps = { store, applyEvent, evaluateHook, adoptPipeline, perform, clock };
  const applyDelivery = traceDeliveries(tracer, createApplyDelivery(applyDeps));
  const unapplied = { isFor: isUnapplied, adoptPipeline: createBackgroundAdoption(adoptPipeline, log) };
  const applyUnapplied = traceDeliveries(tracer, createApplyDelivery({ ...applyDeps, ...unapplied }));
  const readRefused = createReadRefused({ applyEvent, clock, log });
  const readForPlay = createReadForPlay({ waiters, clock });
  const changing = { store, accessFor: changingAccess, applyEvent, clock };
  const readPipeline = createConfirmPipeline({
    ...{ accessFor, applyEvent, recallChildren, readRefused, waiters, clock, meter, quietMs },
  });
  const quiet = {
    start: alone(createStartPipeline({ ...changing, takeUpPipeline, signal })),
    confirm: readPipeline,
    readChildren: createReadChildren({ confirm: readPipeline, clock, signal }),
    confirmUpstream: createConfirmUpstream({ accessFor, applyEvent, clock, log, signal }),
    play: alone(
      createPlayJobs({
        ...{ ...changing, readRefused, readForPlay, signal },
        guardsProduction: options.guardsProduction ?? false,
      }),
    ),
    retry: alone(createRetryPipeline(changing)),
    retryJobs: alone(createRetryJobs({ ...changing, signal, audit, budget: options.autoRetryBudget ?? 20 })),
    cancel: alone(createCancelPipeline({ ...changing, log })),
  };
  const reportAccess = createReportAccess({ connectGitLab: answering, service });
  const reportDeps = {
    store,
    reportAccess: (trigger: Trigger) => {
      const gitlab = reportAccess(trigger);
      return gitlab === null ? null : confirmed(trigger.id, gitlab);
    },
    applyEvent,
    clock,
  };
  const reports = {
    playGate: alone(createPlayGate(reportDeps)),
    postStatus: alone(createPostStatus(reportDeps)),
  };
  const performers = tracePerformers(tracer, {
    ...noteFailedCalls(quiet, { applyEvent, clock, signal }),
    // What keeps a report from GitLab is no trouble of the pipeline.
    ...reports,
    // What keeps outputs from the service is shown with them.
    readOutputs: alone(createReadOutputs({ accessFor, applyEvent, clock, signal })),
  });
  const work: Work = createPerform({
    store,
    performers,
    recovery,
    clock,
    log,
    signal,
    here: tracer.captureContext,
  });

  const { confirm } = performers;
  const watched = { store, accessFor, applyEvent, perform, confirm, recovery, clock, log, quietMs, signal };
  const look = { ...watched, random, meter, tracer };
  const poller = options.looksExactly === true ? createExactPoller(look) : createBatchPoller(look);

  return {
    startTrigger: traceStart(
      tracer,
      createStartTrigger({ store, perform, clock, log, newTriggerId: options.newTriggerId, service }),
    ),
    receiveDelivery: createReceiveDelivery({ inbox, applyDelivery, log }),
    applyDelivery,
    applyUnapplied,
    waitFor: createWaitForOutcome({ store, waiters, clock }),
    explainFailure: createExplainFailure({ accessFor, applyEvent, clock }),
    readLog: createReadLog({ accessFor }),
    artifacts: createArtifacts({ accessFor }),
    compare: createCompare({ accessFor, clock, quietMs }),
    steer: createSteerTrigger({ store, accessFor, applyEvent, perform, clock }),
    sweep: createSweep({
      ...{ store, applyEvent, applyInbox, perform, poller, clock, log, quietMs },
      reportsUpstreamCanceled: createUpstreamCheck({ inbox }),
    }),
    waiters,
    stop: async () => {
      stopping.abort();
      await poller.idle();
      await work.idle();
    },
  };
}
