import type { AuditEntry } from '../../domain/access/audit.ts';
import type { Delivery } from '../../domain/delivery.ts';
import type { HistoryKind } from '../../domain/trigger/describe-history.ts';
import { describe, describeCause } from '../../domain/trigger/describe-history.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { rulesText } from '../../domain/trigger/manual-rules.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { AuditLog, DeliveryStore, HistoryLine, HistoryStore } from '../ports/index.ts';

/** A line of a trigger's history: what happened, as text that needs no knowledge of this program. */
export interface HistoryEntry {
  readonly at: number;
  /** When it last happened, where it happened several times. */
  readonly until: number | null;
  readonly count: number;
  readonly kind: HistoryKind;
  readonly text: string;
  /** The cause, where the text does not name it. */
  readonly because: string | null;
  /** The delivery that this is about, or that caused it. */
  readonly deliveryId: DeliveryId | null;
}

/**
 * What happened to a trigger, in order: request, actions of people, deliveries, reads, plays, decisions, answers.
 * @param withAddresses whether it shows the addresses that people called from
 */
export type ShowHistory = (
  trigger: Trigger,
  options: { readonly withAddresses: boolean },
) => Promise<readonly HistoryEntry[]>;

interface Deps {
  readonly history: Pick<HistoryStore, 'of'>;
  readonly inbox: Pick<DeliveryStore, 'ofPipeline' | 'find'>;
  readonly audit: Pick<AuditLog, 'list'>;
}

/** How many of the newest lines are shown: a pipeline may have thousands of jobs. */
const mostLines = 1_000;

/** Some of the lines that are read are not worth showing. */
const mostLinesRead = mostLines + 100;

/** How many of the newest actions are shown. */
const maxPendingActions = 200;

const once = { until: null, count: 1, because: null, deliveryId: null } as const;

export const createShowHistory = ({ history, inbox, audit }: Deps): ShowHistory =>
  async function showHistory(trigger, { withAddresses }) {
    const lines = await history.of(trigger.id, mostLinesRead);
    const shown = lines.filter(createIsWorthShowing({ isWhole: lines.length < mostLinesRead }));
    const deliveries = await deliveriesOf(trigger, lines, inbox);
    const pendingActions = await audit.list({
      subject: trigger.id,
      actor: null,
      limit: maxPendingActions,
      cursor: null,
    });
    const start = pendingActions.items.find(({ action }) => action === 'trigger.start');
    const request = requestEntry(trigger, withAddresses ? (start?.actor.from ?? null) : null);
    const entries = [
      ...pendingActions.items
        .filter((entry) => entry !== start)
        .toReversed()
        .map((entry) => userRequestEntry(entry, withAddresses)),
      ...deliveries.map(deliveryEntry),
      ...newest(shown).map(lineEntry),
    ];
    return [request, ...newest(entries)];
  };

/** The newest of them, in order. Those of one moment keep their order: a delivery comes before its effects. */
const newest = <Timed extends { readonly at: number }>(all: readonly Timed[]): readonly Timed[] =>
  all.toSorted((one, other) => one.at - other.at).slice(-mostLines);

/** The deliveries of its pipeline, and others that changed it. */
async function deliveriesOf(
  trigger: Trigger,
  lines: readonly HistoryLine[],
  inbox: Deps['inbox'],
): Promise<readonly Delivery[]> {
  const pipeline = pipelineOf(trigger);
  const own = pipeline === null ? [] : await inbox.ofPipeline(pipeline.id, mostLines);
  const known = new Set(own.map(({ id }) => id));
  const causes = new Set(lines.flatMap(({ cause }) => cause?.delivery ?? []));
  const others = await Promise.all([...causes].filter((id) => !known.has(id)).map((id) => inbox.find(id)));
  return [...own, ...others.flatMap((found) => found?.delivery ?? [])];
}

/**
 * The first state and the last one are not worth a line: every trigger is pending at first and finished in the end.
 * @param isWhole whether the lines begin with the first one of the trigger
 */
function createIsWorthShowing({ isWhole }: { readonly isWhole: boolean }) {
  let isFirst = isWhole;
  return function isWorthShowing({ line }: HistoryLine): boolean {
    if (line.type !== 'state') return true;
    const isWorthIt = line.candidate !== undefined || (line.state === 'pending' && !isFirst);
    isFirst = false;
    return isWorthIt;
  };
}

function lineEntry({ at, until, count, line, cause }: HistoryLine): HistoryEntry {
  const { kind, text } = describe(line);
  return {
    at,
    until,
    count,
    kind,
    text: line.type === 'state' && line.candidate === undefined ? 'is waited for again' : text,
    because: cause === null ? null : describeCause(cause),
    deliveryId: cause?.delivery ?? null,
  };
}

const requestEntry = ({ createdAt, caller, request }: Trigger, from: string | null): HistoryEntry => ({
  ...once,
  at: createdAt,
  kind: 'request',
  text: `${caller}${from === null ? '' : ` at ${from}`} asked for ${requestText(request)}`,
});

function requestText(request: TriggerRequest): string {
  const { project, ref, retry, pipelineId, deadlineSeconds, upstream } = request;
  const parts = [
    `${project} ${ref}`,
    retry || pipelineId !== null ? `a retry${pipelineId === null ? '' : ` of pipeline ${pipelineId}`}` : '',
    manualText(request),
    `within ${deadlineSeconds} seconds`,
    upstream === null ? '' : `for pipeline ${upstream.pipelineId} of ${upstream.project}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function manualText(request: TriggerRequest): string {
  const { onManual, jobs } = request;
  const rules = rulesText(request);
  if (rules !== null) return `on manual: ${rules}`;
  return onManual === 'fail' ? '' : `on manual: ${onManual}${jobs === null ? '' : ` ${jobs.join(', ')}`}`;
}

function userRequestEntry({ at, actor, action, details }: AuditEntry, withAddresses: boolean): HistoryEntry {
  const shown = Object.entries(details)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = [
    `${action.replace('trigger.', '')} by ${actor.id}${withAddresses ? ` at ${actor.from}` : ''}`,
  ];
  return { ...once, at, kind: 'user_request', text: [...text, ...shown].join(', ') };
}

const deliveryEntry = ({ id, receivedAt, event, payload }: Delivery): HistoryEntry => ({
  ...once,
  at: receivedAt,
  kind: 'delivery',
  text: `${event}: ${payloadText(payload)}`,
  deliveryId: id,
});

function payloadText(payload: Delivery['payload']): string {
  if (payload.kind === 'pipeline') return `pipeline ${payload.pipeline.id} is ${payload.pipeline.status}`;
  return payload.kind === 'job' ? `job ${payload.job.name} is ${payload.job.status}` : payload.reason;
}
