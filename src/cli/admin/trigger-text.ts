import type { Context } from './context.ts';
import type { OverviewItem } from './overview.ts';
import { currentOf, waitingText } from './overview.ts';
import { printable } from './printable.ts';
import { tableText, widthOf } from './print.ts';
import { durationText, secondOf } from './times.ts';

/** A line of a trigger's history, as the service shows it. */
interface Entry {
  readonly at: string;
  readonly until: string | null;
  readonly count: number;
  readonly kind: string;
  readonly text: string;
  readonly because: string | null;
  readonly deliveryId: string | null;
}

/** What `GET /v1/triggers/{id}/history` says. */
export interface History extends OverviewItem {
  readonly entries: readonly Entry[];
}

/** Everything about a trigger, as text. @param now milliseconds since the epoch */
export async function historyText(
  context: Pick<Context, 'stdout' | 'env'>,
  history: History,
  now: number,
): Promise<string> {
  const { default: cliTruncate } = await import('cli-truncate');
  const width = Math.min(widthOf(context), Number.MAX_SAFE_INTEGER);
  const facts = attributesFor(history, now).map(
    ([name, text]) => `${cliTruncate(`  ${name.padEnd(10)} ${printable(text)}`, width)}\n`,
  );
  const { id, project, ref } = history.trigger;
  const title = `${cliTruncate(printable(`${id}  ${project} ${ref}`), width)}\n`;
  const table = {
    columns: [{ title: 'WHEN (UTC)' }, { title: 'WHAT' }, { title: '', shrinks: true }],
    rows: linesOf(history.entries).map(({ at, kind, text }) => [secondOf(at), kind, text]),
  };
  return `${title}${facts.join('')}\n${await tableText(context, table)}`;
}

function attributesFor(item: History, now: number): readonly (readonly [string, string])[] {
  const { trigger, caller, waiting, observedAt } = item;
  const ago = (iso: string): string => `${durationText(now - Date.parse(iso))} ago`;
  const isPending = trigger.state === 'pending';
  const pipeline = [trigger.pipelineId, trigger.pipelineStatus, trigger.webUrl].filter(
    (part) => part !== null,
  );
  const facts: readonly (readonly [string, string | false])[] = [
    ['state', isPending ? `pending, on ${currentOf(item)}` : `finished, ${currentOf(item)}`],
    ['pipeline', pipeline.length > 0 && pipeline.join(' ')],
    ['asked for', `by ${caller}, ${ago(trigger.createdAt)}`],
    ['on manual', `${trigger.onManual}${played(trigger.playedJobs)}`],
    ['waiting', isPending && waitingText(waiting)],
    ['last news', isPending && ago(observedAt)],
    ['deadline', isPending && secondOf(trigger.deadlineAt)],
    ['ended', trigger.finishedAt !== null && ago(trigger.finishedAt)],
  ];
  return facts.flatMap(([name, text]) => (text === false ? [] : [[name, text] as const]));
}

const played = (jobs: readonly { readonly name: string }[]): string =>
  jobs.length === 0 ? '' : `; played ${jobs.map(({ name }) => name).join(', ')}`;

/** A hook and what it changed are one line; a decision stands for itself. */
function linesOf(entries: readonly Entry[]): readonly Pick<Entry, 'at' | 'kind' | 'text'>[] {
  const shown = new Set(
    entries.filter(({ kind }) => kind === 'delivery').map(({ deliveryId }) => deliveryId),
  );
  const isEffect = ({ kind, deliveryId }: Entry): boolean =>
    kind !== 'delivery' && kind !== 'decision' && deliveryId !== null && shown.has(deliveryId);
  return entries
    .filter((entry) => !isEffect(entry))
    .map((entry) => {
      const { at, kind, text, because, deliveryId } = entry;
      if (kind !== 'delivery')
        return { at, kind, text: `${text}${timesText(entry)}${because === null ? '' : ` (${because})`}` };
      const effects = entries.filter((other) => isEffect(other) && other.deliveryId === deliveryId);
      return { at, kind: 'hook', text: `${text}${effectText(text, effects)}  ${deliveryId ?? ''}` };
    });
}

/** What a hook changed, as far as it is not what it says. */
function effectText(text: string, effects: readonly Entry[]): string {
  if (effects.length === 0) return ' (nothing new)';
  const others = effects.filter((effect) => !text.endsWith(effect.text));
  return others.length === 0 ? '' : ` → ${others.map((effect) => effect.text).join('; ')}`;
}

const timesText = ({ count, until }: Entry): string =>
  count === 1 ? '' : ` ×${count}${until === null ? '' : ` until ${secondOf(until)}`}`;
