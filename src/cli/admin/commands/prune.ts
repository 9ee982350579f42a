import type { Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson, wholeNumber } from '../options.ts';
import { printJson } from '../print.ts';

interface PruneOptions extends JsonOption {
  readonly olderThan?: number;
  readonly dryRun?: boolean;
}

/** `prune`, on the database itself, whether the service runs or not. */
export const registerPrune: Register = (program, { parts, stdout }) => {
  const command = program
    .command('prune')
    .description(
      'remove finished triggers and deliveries that are old; the service does so once a day itself',
    )
    .option('--older-than <days>', 'RETENTION_DAYS unless given', wholeNumber(1, 36_500, 'days'))
    .option('--dry-run', 'only say how many there are')
    .action(async ({ olderThan, dryRun = false, json = false }: PruneOptions) => {
      const database = await parts.openDatabase({ mayMake: false });
      const pruned = await database.prune({ days: olderThan ?? null, dryRun }).finally(database.close);
      const { days, triggers, deliveries } = pruned;
      if (json) printJson(stdout, { ...pruned, dryRun });
      else
        stdout.write(
          `${dryRun ? 'would remove' : 'removed'} ${triggers} triggers and ${deliveries} deliveries older than ${days} days\n`,
        );
    });
  withExamples(withJson(command), [
    ['pipeline-trigger prune --dry-run', 'what is older than RETENTION_DAYS'],
    ['pipeline-trigger prune --older-than 7', 'keep a week only'],
  ]);
};
