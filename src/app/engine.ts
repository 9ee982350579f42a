import type { ConnectGitLab, Clock, DeliveryStore, Log, ServiceAccess, TriggerStore } from './ports.ts';
import type { TriggerId } from '../domain/ids.ts';
import type { Trigger } from '../domain/trigger.ts';
import { isFinished } from '../domain/trigger.ts';
import { accessWith } from './access.ts';
import type { ApplyEvent, Perform } from './apply-event.ts';
import { applyEventWith } from './apply-event.ts';
import { applyInboxWith } from './apply-inbox.ts';
import { cancelPipelineWith } from './cancel-pipeline.ts';
import type { Compare } from './compare.ts';
import { compareWith } from './compare.ts';
import { confirmPipelineWith } from './confirm-pipeline.ts';
import { lookRefusedWith } from './look-refused.ts';
import type { Meter } from './meter.ts';
import { noMeter } from './meter.ts';
import type { Work } from './perform.ts';
import { performWith } from './perform.ts';
import { playJobsWith } from './play-jobs.ts';
import type { ExplainFailure } from './explain-failure.ts';
import { explainFailureWith } from './explain-failure.ts';
import type { DeliverNews, ReceiveDelivery } from './receive-delivery.ts';
import { deliverNewsWith, receiveDeliveryWith } from './receive-delivery.ts';
import type { Progressed } from './log-progress.ts';
import type { ReadLog } from './read-log.ts';
import { readLogWith } from './read-log.ts';
import { retryPipelineWith } from './retry-pipeline.ts';
import { startPipelineWith } from './start-pipeline.ts';
import type { StartTrigger } from './start-trigger.ts';
import { startTriggerWith } from './start-trigger.ts';
import type { SteerTrigger } from './steer-trigger.ts';
import { steerTriggerWith } from './steer-trigger.ts';
import type { Sweep } from './sweep.ts';
import { createSweep } from './sweep.ts';
import { createExactLookout } from './sweep/exact-lookout.ts';
import { createThriftyLookout } from './sweep/thrifty-lookout.ts';
import { traceDecisions, traceNews, tracePerformers, traceStart } from './trace-work.ts';
import type { Tracer } from './tracer.ts';
import { noTracer } from './tracer.ts';
import type { WaitFor } from './wait-for-outcome.ts';
import { waitForWith } from './wait-for-outcome.ts';
import type { Waiters } from './waiters.ts';
import { createWaiters } from './waiters.ts';

export interface EngineOptions {
  readonly store: TriggerStore;
  readonly inbox: DeliveryStore;
  readonly connectGitLab: ConnectGitLab;
  readonly service: ServiceAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly newTriggerId: () => TriggerId;
  /** How long a trigger may go without news. */
  readonly quietMs: number;
  /** Looks at each trigger once in that time to the moment, without any thrift. */
  readonly looksExactly?: boolean;
  /** Called after each stored change of a trigger that has finished. */
  readonly onFinished?: () => void;
  readonly progressed?: Progressed;
  readonly meter?: Meter;
  readonly tracer?: Tracer;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** All use cases, wired to each other: everything the service does short of HTTP. */
export interface Engine {
  readonly startTrigger: StartTrigger;
  readonly receiveDelivery: ReceiveDelivery;
  readonly deliverNews: DeliverNews;
  readonly waitFor: WaitFor;
  readonly explainFailure: ExplainFailure;
  readonly readLog: ReadLog;
  readonly steer: SteerTrigger;
  readonly compare: Compare;
  readonly sweep: Sweep;
  readonly waiters: Waiters;
  /** Stops: work under way is brought to its end, nothing new begins. */
  readonly stop: () => Promise<void>;
}

export function createEngine(options: EngineOptions): Engine {
  const { store, inbox, connectGitLab, service, clock, log, quietMs, random = Math.random } = options;
  const { meter = noMeter, tracer = noTracer } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const waiters = createWaiters();
  const accessFor = accessWith({ store, connectGitLab, service });

  // A decision starts work, and work ends in events to decide on: the circle is closed here.
  const perform: Perform = (id, actions) => work.perform(id, actions);
  const ring = (trigger: Trigger): void => {
    waiters.ring(trigger);
    if (isFinished(trigger)) options.onFinished?.();
  };
  const applyEvent: ApplyEvent = traceDecisions(
    tracer,
    applyEventWith({ store, waiters: { ring }, perform, progressed: options.progressed, here: tracer.here }),
  );
  const deliverNews = traceNews(tracer, deliverNewsWith({ store, applyEvent, clock }));
  const applyInbox = applyInboxWith({ store, inbox, applyEvent, clock });
  const lookRefused = lookRefusedWith({ applyEvent, clock, log });
  const performers = tracePerformers(tracer, {
    start: startPipelineWith({ store, accessFor, applyEvent, applyInbox, clock, signal }),
    confirm: confirmPipelineWith({ accessFor, applyEvent, lookRefused, waiters, clock, meter }),
    play: playJobsWith({ store, accessFor, applyEvent, lookRefused, clock, signal }),
    retry: retryPipelineWith({ accessFor, applyEvent, clock }),
    cancel: cancelPipelineWith({ store, accessFor, applyEvent, clock, log }),
  });
  const work: Work = performWith({ store, performers, clock, log, signal, here: tracer.here });

  const { confirm } = performers;
  const watched = { store, accessFor, applyEvent, perform, confirm, clock, log, quietMs, signal };
  const look = { ...watched, random, meter, tracer };
  const lookout = options.looksExactly === true ? createExactLookout(look) : createThriftyLookout(look);

  return {
    startTrigger: traceStart(
      tracer,
      startTriggerWith({ store, perform, clock, log, newTriggerId: options.newTriggerId }),
    ),
    receiveDelivery: receiveDeliveryWith({ inbox, deliverNews, log }),
    deliverNews,
    waitFor: waitForWith({ store, waiters, clock }),
    explainFailure: explainFailureWith({ accessFor, applyEvent, clock }),
    readLog: readLogWith({ accessFor }),
    compare: compareWith({ accessFor, clock }),
    steer: steerTriggerWith({ store, accessFor, applyEvent, perform, clock }),
    sweep: createSweep({ store, applyEvent, applyInbox, perform, lookout, clock, log, quietMs }),
    waiters,
    stop: async () => {
      stopping.abort();
      await lookout.idle();
      await work.idle();
    },
  };
}
