import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import type { TriggerJson } from '../overview.ts';
import { printJson, printTable } from '../print.ts';
import { triggerLine } from './steer.ts';

interface ReconcileOptions extends JsonOption {
  readonly dryRun?: boolean;
}

/** What `GET /v1/triggers/{id}/difference` says. */
interface Difference {
  readonly id: string;
  readonly project: string;
  readonly ref: string;
  readonly known: string | null;
  readonly seen: string | null;
  readonly changes: readonly string[];
  readonly actions: readonly string[];
}

/** All that wait: nobody has more. */
const everything = 100_000;

function differenceRow({ id, project, ref, known, seen, changes, actions }: Difference): readonly string[] {
  const would = [...changes, ...actions.map((action) => `would ${action}`)];
  return [id, project, ref, known ?? '-', seen ?? '-', would.length === 0 ? 'nothing' : would.join('; ')];
}

async function reconcile(
  given: string | undefined,
  { json = false, dryRun = false }: ReconcileOptions,
  context: Context,
): Promise<void> {
  const { stdout, env } = context;
  const [{ connectService, triggerPath }, { readPages }] = await Promise.all([
    import('../service.ts'),
    import('../read-pages.ts'),
  ]);
  const service = connectService(env);
  const pending = (): Promise<readonly TriggerJson[]> =>
    readPages<TriggerJson>(service, '/v1/triggers', { state: 'pending' }, everything);
  const ids = given === undefined ? (await pending()).map(({ id }) => id) : [given];
  const results: unknown[] = [];
  // One after the other: GitLab limits how much may be asked of it.
  for (const id of ids)
    results.push(
      dryRun
        ? await service.get(triggerPath(id, '/difference'))
        : await service.post(triggerPath(id, '/reconcile')),
    );
  if (json) printJson(stdout, given === undefined ? results : results[0]);
  else if (ids.length === 0) stdout.write('nothing waits\n');
  else if (dryRun)
    await printTable(context, {
      columns: [
        { title: 'ID' },
        { title: 'PROJECT', shrinks: true },
        { title: 'REF', shrinks: true },
        { title: 'WE KNOW' },
        { title: 'GITLAB SAYS' },
        { title: 'WOULD CHANGE', shrinks: true },
      ],
      rows: (results as Difference[]).map(differenceRow),
    });
  else for (const result of results) stdout.write(`${triggerLine(result as TriggerJson)}\n`);
}

/** `reconcile [ID]` */
export const registerReconcile: Register = (program, context) => {
  const command = program
    .command('reconcile')
    .description('read from GitLab now instead of at the next sweep: one trigger, or all that wait')
    .argument('[id]', 'of a trigger: trg_…')
    .option('--dry-run', 'only show the difference to GitLab, and what would follow')
    .action((id: string | undefined, options: ReconcileOptions) => reconcile(id, options, context));
  withExamples(withJson(command), [
    ['pipeline-trigger reconcile --dry-run', 'what GitLab says that we do not know'],
    ['pipeline-trigger reconcile trg_…', 'look at one now'],
  ]);
};
