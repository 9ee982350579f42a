import type { Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson } from '../print.ts';

interface MigrateOptions extends JsonOption {
  readonly from: string;
  readonly to?: string;
}

/** `migrate`, from one database to another, while no service works on either. */
export const registerMigrate: Register = (program, { env, parts, stdout, stderr }) => {
  const command = program
    .command('migrate')
    .description('copy a SQLite database into an empty PostgreSQL, pending triggers included')
    .requiredOption('--from <url>', 'file:PATH of the SQLite database, whose service is stopped')
    .option('--to <url>', 'postgresql://… without a pooler in between; DATABASE_URL unless given')
    .action(async ({ from, to, json = false }: MigrateOptions) => {
      const { rows, keyFile } = await parts.migrate(
        { from, to: to ?? env['DATABASE_URL'] ?? '' },
        (table, count) => stderr.write(`${table}: ${count} rows\n`),
      );
      if (json) printJson(stdout, { rows, keyFile });
      else stdout.write(`copied ${Object.values(rows).reduce((sum, count) => sum + count, 0)} rows\n`);
      if (keyFile !== null)
        stderr.write(`Set ENCRYPTION_KEY to what ${keyFile} holds: what is encrypted is so with that key.\n`);
    });
  withExamples(withJson(command), [
    ['pipeline-trigger migrate --from file:./data/pipeline-trigger.db --to postgresql://…', ''],
  ]);
};
