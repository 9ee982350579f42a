import type { DatabaseSight } from '../app/maintenance/database-inspection.ts';
import { timeOfDay } from '../platform/clock.ts';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { secretNames } from '../config/environment.ts';
import type { Environment } from '../config/secret-files.ts';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkDoors } from '../doctor/check-exposure.ts';
import { checkModes, checkSpace, checkWritable } from '../doctor/check-files.ts';
import { checkGitLab } from '../doctor/check-gitlab.ts';
import { checkKeys } from '../doctor/check-keys.ts';
import { checkSecrets } from '../doctor/check-secrets.ts';
import type { Finding, FindingCode } from '../domain/doctor-finding.ts';
import { findingOf } from '../domain/doctor-finding.ts';
import { refuseOpenDoors } from '../config/require-auth.ts';

/**
 * Looks at the settings, the files, the database and GitLab, and tells what is open, weak, expired or readable by others.
 * Changes nothing.
 */
export async function runDoctor(
  env: Environment,
  lookAtDatabase: (file: string) => Promise<DatabaseSight>,
): Promise<readonly Finding[]> {
  const settings = attempt('setting_wrong', () => readConfig(env));
  if ('findings' in settings) return settings.findings;
  const config = settings.value;
  const file = config.databaseUrl.replace(/^file:/, '');
  const sight = await lookAtDatabase(file);
  const keys = sight.kind === 'seen' ? sight.keys : [];
  const hasKeys = keys.length > 0;
  const doors = attempt('start_refused', () => refuseOpenDoors(config, { hasKeys }));
  const named = [...secretNames.map((name) => `${name}_FILE`), 'POLICY_FILE'];
  const files = [
    ...named.flatMap((name) => env[name] || []),
    ...['', '-wal', '-shm', '.key'].map((end) => file + end),
  ];
  const now = timeOfDay();
  return [
    ...('findings' in doors ? doors.findings : []),
    ...checkDoors(config, hasKeys),
    ...checkSecrets(config),
    ...checkKeys(keys, now),
    ...checkModes(files),
    ...checkDatabase(file, sight),
    ...(await checkWritable(file)),
    ...(await checkSpace(file)),
    ...(await checkGitLab(config, timeOfDay)),
  ];
}

/** What would stop the start, as findings. */
function attempt<T>(
  code: FindingCode,
  work: () => T,
): { readonly value: T } | { readonly findings: readonly Finding[] } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.lines.map((line) => {
      const [, subject = '', problem = line] = /^(\w+): (.*)$/.exec(line) ?? [];
      return findingOf(code, subject, problem, 'the service does not start until it is mended');
    });
    return { findings };
  }
}
