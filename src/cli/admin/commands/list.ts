import { Option } from 'commander';
import type { OverviewItem } from '../../../api/diagnostics-views.ts';
import type { TriggerView } from '../../../api/trigger-view.ts';
import type { StreamItem } from '../../../client/read-events.ts';
import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson, wholeNumber } from '../options.ts';
import { hookNotes } from '../overview.ts';
import { isNarrow, jsonLine, tableText } from '../print.ts';

interface ListOptions extends JsonOption {
  readonly state: string;
  readonly project?: string;
  readonly ref?: string;
  readonly limit: number;
  readonly watch?: boolean;
}

/** A list of triggers as text. */
async function listText(
  context: Context,
  { json = false, state, project, ref, limit }: ListOptions,
): Promise<string> {
  const [{ connectService }, { readPages }, { overviewTable }] = await Promise.all([
    import('../service.ts'),
    import('../read-pages.ts'),
    import('../overview.ts'),
  ]);
  const query = { view: 'overview', state, project, ref };
  const items = await readPages<OverviewItem>(connectService(context.env), '/v1/triggers', query, limit);
  if (json) return jsonLine(items);
  if (items.length === 0) return state === 'pending' ? 'no trigger is pending\n' : 'no trigger matches\n';
  return (await tableText(context, overviewTable(items, Date.now(), isNarrow(context)))) + hookNotes(items);
}

/** Whether an item of the stream of all triggers is of this list: one that leaves it, too, and each comment. */
function concerns(item: StreamItem, { project, ref }: ListOptions): boolean {
  if (item.kind === 'comment') return true;
  const trigger = JSON.parse(item.data) as TriggerView;
  return (project === undefined || trigger.project === project) && (ref === undefined || trigger.ref === ref);
}

/**
 * Shows a list of triggers that stays up to date, until the operator ends it. The list is read again when the stream of
 * all triggers shows one of it, and with each comment, every 15 seconds, for ages and waiters.
 */
async function watchList(context: Context, options: ListOptions): Promise<void> {
  const [{ connectService }, { createChangeSignal, isAway, resumeStream }, { watch }] = await Promise.all([
    import('../service.ts'),
    import('../resume-stream.ts'),
    import('../redraw.ts'),
  ]);
  const service = connectService(context.env);
  const items = resumeStream(
    () => service.events('/v1/events'),
    () => false,
  );
  let shown: string | null = null;
  async function draw(): Promise<string> {
    try {
      shown = await listText(context, options);
    } catch (error) {
      // The stream begins again when the service is back.
      if (shown === null || !isAway(error)) throw error;
    }
    return shown;
  }
  let changed: (() => Promise<void>) | null = null;
  await watch(context, draw, async () => {
    changed ??= createChangeSignal(items, (item) => concerns(item, options));
    await changed();
    return true;
  });
}

/** `list` */
export const registerList: Register = (program, context) => {
  const list = program
    .command('list')
    .description('list triggers: state, age, current job, waiting callers, last update, deadline')
    .addOption(
      new Option('--state <state>', 'which triggers')
        .choices(['pending', 'finished', 'all'])
        .default('pending'),
    )
    .option('--project <project>', 'only those of a project, as it was asked for')
    .option('--ref <ref>', 'only those of a branch or tag')
    .option('--limit <number>', 'at most so many, the newest', wholeNumber(1, 100_000), 50)
    .option('--watch', 'stay and keep it up to date')
    .action(async (options: ListOptions) => {
      if (options.watch === true) await watchList(context, options);
      else context.stdout.write(await listText(context, options));
    });
  withExamples(withJson(list), [
    ['pipeline-trigger list', 'what waits now'],
    ['pipeline-trigger list --watch --project group/app', 'and keep looking'],
    ['pipeline-trigger list --state all --json --limit 1000', 'for a program'],
  ]);
};
