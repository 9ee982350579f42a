import type { HistoryView } from '../../../api/diagnostics-views.ts';
import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { jsonLine } from '../print.ts';

interface ShowOptions extends JsonOption {
  readonly watch?: boolean;
}

async function show(given: string, { json = false, watch: stays = false }: ShowOptions, context: Context) {
  const [{ connectService, triggerPath }, { wholeId }, { historyText }, { watch }] = await Promise.all([
    import('../service.ts'),
    import('../short-ids.ts'),
    import('../trigger-text.ts'),
    import('../redraw.ts'),
  ]);
  const service = connectService(context.env);
  const id = await wholeId(service, 'trigger', given);
  let isFinished = false;
  let etag: string | null = null;

  async function draw(): Promise<string> {
    const history = (await service.get(triggerPath(id, '/history'))) as HistoryView;
    isFinished = history.state === 'finished';
    return json ? jsonLine(history) : historyText(context, history, Date.now());
  }

  if (!stays) {
    context.stdout.write(await draw());
    return;
  }
  etag = await service.change(triggerPath(id), null);
  await watch(context, draw, async () => {
    if (isFinished) return false;
    etag = await service.change(triggerPath(id), etag);
    return true;
  });
}

/** `show ID` */
export const registerShow: Register = (program, context) => {
  const command = program
    .command('show')
    .description(
      'the state of a trigger, and its history: request, webhooks, polls, plays, decisions, answers',
    )
    .argument('<id>', 'of the trigger, or the beginning of it: trg_…')
    .option('--watch', 'stay and keep it up to date, until the trigger has finished')
    .action((id: string, options: ShowOptions) => show(id, options, context));
  withExamples(withJson(command), [
    ['pipeline-trigger show trg_…', ''],
    ['pipeline-trigger show trg_… --watch', 'and follow it to its end'],
  ]);
};
