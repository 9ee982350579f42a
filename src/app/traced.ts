import type { Action } from '../domain/trigger/event.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import type { ApplyEvent } from './engine/apply-event.ts';
import type { Performer } from './engine/perform.ts';
import type { ApplyDelivery } from './deliveries/receive-delivery.ts';
import type { StartTrigger } from './triggers/start-trigger.ts';
import type { PostCallback } from './ports/index.ts';
import type { Batch } from './sweep/batches.ts';
import type { Tracer } from './ports/tracer.ts';

/** The state of a trigger, in one of a few words. */
const standing = ({ state }: Trigger): string => (state.kind === 'finished' ? state.outcome : state.kind);

/** From the arrival of an event until its result is stored: it may wait for earlier events of its trigger. */
export const traceDecisions = ({ traced }: Tracer, applyEvent: ApplyEvent): ApplyEvent =>
  traced(applyEvent, {
    name: 'decide',
    attributes: (triggerId, { type: event }) => ({ triggerId, event }),
    resultAttributes: (trigger) => ({ result: standing(trigger) }),
  });

export const traceStart = ({ traced }: Tracer, startTrigger: StartTrigger): StartTrigger =>
  traced(startTrigger, {
    name: 'store trigger',
    resultAttributes: (trigger) => ({ triggerId: trigger.id, result: standing(trigger) }),
  });

/** The work on a delivery after GitLab has been answered. */
export const traceDeliveries = ({ traced }: Tracer, applyDelivery: ApplyDelivery): ApplyDelivery =>
  traced(applyDelivery, { name: 'apply delivery', attributes: ({ id }) => ({ deliveryId: id }) });

/** The sweep's poll of the triggers that one list of GitLab may show. */
export const traceSweep = (
  { traced }: Tracer,
  pollBatch: (batch: Batch) => Promise<void>,
): ((batch: Batch) => Promise<void>) =>
  traced(pollBatch, {
    name: 'sweep',
    attributes: ({ length, 0: first }) => ({
      count: length,
      ...(length === 1 && first !== undefined ? { triggerId: first.id } : {}),
    }),
  });

/** A span names only the origin of the callback URL: the rest of the URL may be a secret. */
export const traceCallbacks = ({ traced }: Tracer, post: PostCallback): PostCallback =>
  traced(post, {
    name: 'POST callback',
    isCall: true,
    attributes: ({ id, url }) => ({ callbackId: id, method: 'POST', server: new URL(url).origin }),
    resultAttributes: (answer) =>
      answer.kind === 'answered' ? { status: answer.status } : { failure: answer.kind },
  });

type Performers = Readonly<Record<Action['type'], Performer>>;

const nameOf = {
  start: 'start pipeline',
  confirm: 'read pipeline',
  readChildren: 'read child pipelines',
  confirmUpstream: 'read upstream pipeline',
  play: 'play jobs',
  retry: 'retry pipeline',
  retryJobs: 'retry jobs',
  cancel: 'cancel pipeline',
  readOutputs: 'read outputs',
  playGate: 'play gate',
  postStatus: 'post commit status',
} as const satisfies Record<Action['type'], string>;

/** Each attempt of each action. */
export function tracePerformers({ traced }: Tracer, performers: Performers): Performers {
  const tracePerformer = (type: Action['type']): Performer =>
    traced(performers[type], {
      name: nameOf[type],
      attributes: ({ id }, why) => ({ triggerId: id, ...(why === undefined ? {} : { why }) }),
    });
  return {
    start: tracePerformer('start'),
    confirm: tracePerformer('confirm'),
    readChildren: tracePerformer('readChildren'),
    confirmUpstream: tracePerformer('confirmUpstream'),
    play: tracePerformer('play'),
    retry: tracePerformer('retry'),
    retryJobs: tracePerformer('retryJobs'),
    cancel: tracePerformer('cancel'),
    readOutputs: tracePerformer('readOutputs'),
    playGate: tracePerformer('playGate'),
    postStatus: tracePerformer('postStatus'),
  };
}
