import { Option } from 'commander';
import type { OverviewItem } from '../../../api/diagnostics-views.ts';
import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson, wholeNumber } from '../options.ts';
import { hookNotes } from '../overview.ts';
import { jsonLine, tableText } from '../print.ts';

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
  return (await tableText(context, overviewTable(items, Date.now()))) + hookNotes(items);
}

/**
 * Shows a list of triggers that stays up to date, until somebody ends it. The stream that the dashboard lives on rings
 * when one of them changes, and every 15 seconds, when ages and waiters are looked at.
 */
async function watchList(context: Context, options: ListOptions): Promise<void> {
  const [{ connectService }, { createChangeSignal, isAway, resumeStream }, { watch }] = await Promise.all([
    import('../service.ts'),
    import('../resume-stream.ts'),
    import('../redraw.ts'),
  ]);
  const { state, project, ref } = options;
  const query = new URLSearchParams({ state, ...(project && { project }), ...(ref && { ref }) });
  const service = connectService(context.env);
  const open = () => service.events(`/live?${query.toString()}`);
  let shown: string | null = null;
  async function draw(): Promise<string> {
    try {
      shown = await listText(context, options);
    } catch (error) {
      // It rings again when it is back.
      if (shown === null || !isAway(error)) throw error;
    }
    return shown;
  }
  let rings: (() => Promise<void>) | null = null;
  await watch(context, draw, async () => {
    rings ??= createChangeSignal(resumeStream(open, () => false));
    await rings();
    return true;
  });
}

/** `list` */
export const registerList: Register = (program, context) => {
  const list = program
    .command('list')
    .description('list triggers: age, current job, waiting callers, last update, deadline')
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
