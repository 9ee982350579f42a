import type { HistoryEntryView, HistoryView } from '../../api/diagnostics-views.ts';
import type { Context } from './context.ts';
import { currentOf, waitingText } from './overview.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { tableText, widthOf } from './print.ts';
import { durationText, secondOf } from './times.ts';

/** Everything about a trigger, as text. @param now milliseconds since the epoch */
export async function historyText(
  context: Pick<Context, 'stdout' | 'env'>,
  history: HistoryView,
  now: number,
): Promise<string> {
  const [{ default: cliTruncate }, { wrapped }] = await Promise.all([
    import('cli-truncate'),
    import('./wrap.ts'),
  ]);
  const width = Math.min(widthOf(context), Number.MAX_SAFE_INTEGER);
  const indent = ' '.repeat(13);
  const facts = attributesFor(history, now).map(([name, text]) => {
    const lines = wrapped(plainLine(text), width, indent).map((line) => cliTruncate(line, width));
    return `${`  ${name.padEnd(10)} ${lines.join('\n').slice(indent.length)}`.trimEnd()}\n`;
  });
  const { id, project, ref } = history;
  const title = `${cliTruncate(plainLine(`${id}  ${project} ${ref}`), width)}\n`;
  const table = {
    columns: [{ title: 'WHEN (UTC)' }, { title: 'WHAT' }, { title: '', shrinks: true }],
    rows: linesOf(history.entries).map(({ at, kind, text }) => [secondOf(at), kind, text]),
  };
  return `${title}${facts.join('')}\n${await tableText(context, table)}`;
}

function attributesFor(item: HistoryView, now: number): readonly (readonly [string, string])[] {
  const { caller, waiting, lastUpdateAt } = item;
  const ago = (iso: string): string => `${durationText(now - Date.parse(iso))} ago`;
  const isPending = item.state === 'pending';
  const pipeline = [item.pipelineId, item.pipelineStatus, item.webUrl].filter((part) => part !== null);
  const facts: readonly (readonly [string, string | false])[] = [
    ['state', isPending ? `pending, on ${currentOf(item)}` : `finished, ${currentOf(item)}`],
    ['pipeline', pipeline.length > 0 && pipeline.join(' ')],
    ['children', childrenText(item.children ?? [])],
    ['asked for', `by ${caller}, ${ago(item.createdAt)}`],
    ['on manual', `${item.onManual}${played(item.playedJobs)}`],
    ['waiting', isPending && waitingText(waiting)],
    ['updated', isPending && ago(lastUpdateAt)],
    ['deadline', isPending && secondOf(item.deadlineAt)],
    ['ended', item.finishedAt !== null && ago(item.finishedAt)],
  ];
  return facts.flatMap(([name, text]) => (text === false ? [] : [[name, text] as const]));
}

/** How many there are, and those that do not simply succeed. */
function childrenText(
  children: readonly { readonly name: string; readonly status: string }[],
): string | false {
  if (children.length === 0) return false;
  const others = children.filter(({ status }) => status !== 'success');
  const named =
    others.length === 0 ? 'all success' : others.map(({ name, status }) => `${name} ${status}`).join(', ');
  return `${children.length}: ${named}`;
}

const played = (jobs: readonly { readonly name: string }[]): string =>
  jobs.length === 0 ? '' : `; played ${jobs.map(({ name }) => name).join(', ')}`;

/** A webhook and its changes are one line; a decision is a line of its own. */
function linesOf(
  entries: readonly HistoryEntryView[],
): readonly { readonly at: string; readonly kind: string; readonly text: string }[] {
  const shown = new Set(
    entries.filter(({ kind }) => kind === 'delivery').map(({ deliveryId }) => deliveryId),
  );
  const isEffect = ({ kind, deliveryId }: HistoryEntryView): boolean =>
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

/** The changes by a webhook, apart from its own content. */
function effectText(text: string, effects: readonly HistoryEntryView[]): string {
  if (effects.length === 0) return ' (nothing new)';
  const others = effects.filter((effect) => !text.endsWith(effect.text));
  return others.length === 0 ? '' : ` → ${others.map((effect) => effect.text).join('; ')}`;
}

const timesText = ({ count, until }: HistoryEntryView): string =>
  count === 1 ? '' : ` ×${count}${until === null ? '' : ` until ${secondOf(until)}`}`;
