import type { DifferenceView } from '../../../api/diagnostics-views.ts';
import type { TriggerView } from '../../../api/trigger-view.ts';
import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { isNarrow, printJson, printTable } from '../print.ts';
import { triggerLine } from './steer.ts';

interface ReconcileOptions extends JsonOption {
  readonly dryRun?: boolean;
}

/** More than there are ever pending. */
const everything = 100_000;

function differenceRow({
  id,
  project,
  ref,
  storedStatus,
  gitlabStatus,
  changes,
  actions,
}: DifferenceView): readonly string[] {
  const would = [...changes, ...actions.map((action) => `would ${action}`)];
  return [
    id,
    project,
    ref,
    storedStatus ?? '-',
    gitlabStatus ?? '-',
    would.length === 0 ? 'nothing' : would.join('; '),
  ];
}

async function reconcile(
  given: string | undefined,
  { json = false, dryRun = false }: ReconcileOptions,
  context: Context,
): Promise<void> {
  const { stdout, env } = context;
  const [{ connectService, triggerPath }, { wholeId, shortIds }, { readPages }] = await Promise.all([
    import('../service.ts'),
    import('../short-ids.ts'),
    import('../read-pages.ts'),
  ]);
  const service = connectService(env);
  const pending = (): Promise<readonly TriggerView[]> =>
    readPages<TriggerView>(service, '/v1/triggers', { state: 'pending' }, everything);
  const ids =
    given === undefined ? (await pending()).map(({ id }) => id) : [await wholeId(service, 'trigger', given)];
  const results: unknown[] = [];
  // One after the other, because of GitLab's rate limit.
  for (const id of ids)
    results.push(
      dryRun
        ? await service.get(triggerPath(id, '/difference'))
        : await service.post(triggerPath(id, '/reconcile')),
    );
  if (json) printJson(stdout, given === undefined ? results : results[0]);
  else if (ids.length === 0) stdout.write('no trigger is pending\n');
  else if (dryRun)
    await printTable(context, {
      columns: [
        { title: 'ID' },
        { title: 'PROJECT', shrinks: true },
        { title: 'REF', shrinks: true, leaveOut: 1 },
        { title: 'STORED' },
        { title: 'GITLAB' },
        { title: 'CHANGES', shrinks: true },
      ],
      rows: (results as DifferenceView[]).map((each, at) =>
        differenceRow({ ...each, id: (isNarrow(context) ? shortIds(ids)[at] : each.id) ?? each.id }),
      ),
    });
  else for (const result of results) stdout.write(`${triggerLine(result as TriggerView)}\n`);
}

/** `reconcile [ID]` */
export const registerReconcile: Register = (program, context) => {
  const command = program
    .command('reconcile')
    .description('read from GitLab now instead of at the next sweep: one trigger, or all pending ones')
    .argument('[id]', 'of a trigger, or the beginning of it: trg_…')
    .option('--dry-run', 'only show the difference to GitLab, and what would follow')
    .action((id: string | undefined, options: ReconcileOptions) => reconcile(id, options, context));
  withExamples(withJson(command), [
    ['pipeline-trigger reconcile --dry-run', 'differences between GitLab and the stored triggers'],
    ['pipeline-trigger reconcile trg_…', 'read one now'],
  ]);
};
