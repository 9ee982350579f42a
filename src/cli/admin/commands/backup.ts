import type { Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson } from '../print.ts';

interface BackupOptions extends JsonOption {
  readonly force?: boolean;
}

/** `backup FILE`, of the database itself, whether the service runs or not. */
export const registerBackup: Register = (program, { parts, stdout, stderr }) => {
  const command = program
    .command('backup')
    .description('copy the database into a file, also while the service runs')
    .argument('<file>', 'where the copy goes; only its owner may read it')
    .option('--force', 'replace a file that is there')
    .action(async (file: string, { force = false, json = false }: BackupOptions) => {
      const backup = await parts.backUp(file, { force });
      if (json) printJson(stdout, { file, ...backup });
      else stdout.write(`copied ${backup.database} to ${file}: ${backup.bytes} bytes, checked\n`);
      stderr.write(
        backup.keyFile === null
          ? 'Keep the ENCRYPTION_KEY as well: without it the secrets of pending triggers cannot be read.\n'
          : `Keep ${backup.keyFile} as well, in another place: without it the secrets of pending triggers cannot be read.\n`,
      );
    });
  withExamples(withJson(command), [
    ['pipeline-trigger backup /backups/monday.db', ''],
    ['pipeline-trigger backup --force /backups/latest.db', 'the same file each time'],
  ]);
};
