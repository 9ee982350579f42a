import type { DatabaseInspection } from '../app/maintenance/database-inspection.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';

/** Findings about the database itself. */
export function checkDatabase(
  file: string,
  sight: DatabaseInspection,
  backup = 'pipeline-trigger backup FILE',
): readonly DoctorFinding[] {
  const restore = 'stop the service, and put back a backup';
  if (sight.kind === 'missing')
    return [doctorFinding('database_missing', file, 'is not there', 'the first start makes it')];
  if (sight.kind === 'unreadable') {
    const remedy = 'see that DATABASE_URL names the database, and let the user of the service read it';
    return [doctorFinding('database_unreadable', file, `cannot be read: ${sight.why}`, remedy)];
  }
  const { integrity, due, newer, older } = sight;
  const changes = `${due.length} ${due.length === 1 ? 'change' : 'changes'} of its tables`;
  return [
    ...(integrity === 'ok'
      ? []
      : [doctorFinding('database_damaged', file, `is damaged: ${integrity}`, restore)]),
    ...(newer === null
      ? []
      : [
          doctorFinding(
            'database_newer',
            file,
            `was changed by a newer version (${newer})`,
            'start the newer version again, or put back the copy from before the upgrade',
          ),
        ]),
    ...(older === null
      ? []
      : [
          doctorFinding(
            'database_older',
            file,
            `was made by a build from before the first release (${older})`,
            'start with a new file',
          ),
        ]),
    ...(due.length === 0
      ? []
      : [
          doctorFinding(
            'migration_due',
            file,
            `the next start makes ${changes}`,
            `make a backup first: ${backup}`,
          ),
        ]),
  ];
}
