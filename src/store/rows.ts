import type { ChangedTriggers, Page, StoredDelivery } from '../app/ports/index.ts';
import type { Delivery, Payload } from '../domain/delivery.ts';
import type { DeliveryId, PipelineId } from '../domain/ids.ts';
import { pipelineIdOf, upstreamIdOf } from '../domain/delivery.ts';
import { nextTimeoutOf } from '../domain/trigger/held-jobs.ts';
import type { Trigger } from '../domain/trigger/trigger.ts';
import { isFinished, isOpen, pipelineOf } from '../domain/trigger/trigger.ts';

/** The columns of a trigger that can change. */
export const triggerColumns = (trigger: Trigger) => ({
  pending: !isFinished(trigger),
  open: isOpen(trigger),
  pipelineId: bigIntOrNull(pipelineOf(trigger)?.id),
  observedAt: new Date(trigger.observedAt),
  deadlineAt: new Date(trigger.deadlineAt),
  timeoutAt: dateOrNull(nextTimeoutOf(trigger)),
  finishedAt: trigger.state.kind === 'finished' ? new Date(trigger.state.finishedAt) : null,
  outcome: trigger.state.kind === 'finished' ? trigger.state.outcome : null,
  body: JSON.stringify(trigger),
});

/** The columns of a trigger that are given with its request. */
export const requestColumns = ({ id, caller, request, createdAt }: Trigger) => ({
  id,
  caller,
  project: request.project,
  ref: request.ref,
  upstreamPipelineId: bigIntOrNull(request.upstream?.pipelineId),
  createdAt: new Date(createdAt),
});

export const triggerFrom = ({ body }: { body: string }): Trigger => JSON.parse(body) as Trigger;

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const bigIntOrNull = (id: number | undefined): bigint | null => (id === undefined ? null : BigInt(id));

/** A delivery, as a row. */
export const deliveryColumns = ({
  id,
  receivedAt,
  event,
  instance,
  userAgent,
  credential,
  payload,
  body,
}: Delivery) => ({
  id,
  receivedAt: new Date(receivedAt),
  event,
  instance,
  userAgent,
  secretOrigin: credential.kind === 'project' ? credential.origin : null,
  pipelineId: bigIntOrNull(pipelineIdOf(payload) ?? undefined),
  upstreamId: bigIntOrNull(upstreamIdOf(payload) ?? undefined),
  result: payload.kind,
  reason: 'reason' in payload ? payload.reason : null,
  body,
});

interface DeliveryRow {
  readonly id: string;
  readonly receivedAt: Date;
  readonly event: string;
  readonly instance: string | null;
  readonly userAgent: string | null;
  readonly secretOrigin: string | null;
  readonly pipelineId: bigint | null;
  readonly result: string;
  readonly reason: string | null;
  readonly body: string | null;
}

/** What is left of a delivery whose body could not be kept. */
const lostDeliveries = ({ reason, pipelineId }: DeliveryRow): Payload => ({
  kind: 'unreadable',
  reason: reason ?? 'the body is nested too deeply to be kept',
  pipelineId: pipelineId === null ? null : (Number(pipelineId) as PipelineId),
  projects: [],
});

/** A delivery as it was received; its payload is read again from the body. */
export function deliveryFrom(
  row: DeliveryRow,
  parsePayload: (event: string, body: unknown) => Payload,
): StoredDelivery {
  const { id, receivedAt, event, instance, userAgent, secretOrigin, result, reason, body } = row;
  const readAgain = (): Payload => {
    if (result === 'ignored') return { kind: 'ignored', reason: reason ?? '' };
    return body === null ? lostDeliveries(row) : parsePayload(event, JSON.parse(body));
  };
  return {
    delivery: {
      id: id as DeliveryId,
      receivedAt: receivedAt.getTime(),
      event,
      instance,
      userAgent,
      credential:
        secretOrigin === null
          ? { kind: 'shared' }
          : { kind: 'project', origin: secretOrigin, isCurrent: true },
      payload: readAgain(),
      body,
    },
    result: result === 'ignored' ? 'ignored' : 'accepted',
  };
}

/** A page of rows that are listed newest first, by time and id. */
export function pageOf<Row extends { id: string }, T>(
  rows: readonly Row[],
  limit: number,
  timeOf: (row: Row) => Date,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    items: shown.map(toItem),
    nextCursor: hasMore ? Buffer.from(`${timeOf(last).getTime()} ${last.id}`).toString('base64url') : null,
  };
}

/** Where the page after a cursor begins; null when it is not one of ours. */
export function readCursor(cursor: string): { readonly time: Date; readonly id: string } | null {
  const [, time, id] = /^(\d{1,15}) (\S+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return time === undefined || id === undefined ? null : { time: new Date(Number(time)), id };
}

/** Each trigger once, by its newest line. @param lines oldest first */
export function newestOfEach(lines: ChangedTriggers['changes']): ChangedTriggers['changes'] {
  const newest = new Map(lines.map((line) => [line.id, line]));
  return lines.filter((line) => newest.get(line.id) === line);
}
