import type { DatabaseInspection } from '../app/maintenance/database-inspection.ts';
import { timeOfDay } from '../platform/clock.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/config.ts';
import { ConfigError } from '../config/startup-errors.ts';
import { envFileName } from '../config/env-file.ts';
import { secretNames } from '../config/environment.ts';
import type { Environment } from '../config/secret-files.ts';
import { checkDatabase } from '../doctor/check-database.ts';
import { checkModes, checkSpace, checkWritable } from '../doctor/check-files.ts';
import { checkGitLab } from '../doctor/check-gitlab.ts';
import { checkKeys } from '../doctor/check-keys.ts';
import { checkSignIn } from '../doctor/check-sign-in.ts';
import { checkSettings } from '../doctor/check-settings.ts';
import { readAccount } from '../doctor/read-account.ts';
import type { DoctorFinding, DoctorFindingCode } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { checkRights } from '../domain/token-rights.ts';
import { requireAuth } from '../config/require-auth.ts';
import { pathOf } from '../store/open-store.ts';
import { isPostgresql } from '../store/store.ts';

/**
 * Checks the settings, the files, the database and GitLab, and reports what is open, weak, expired or readable by other
 * users. Changes nothing.
 */
export async function runDoctor(
  env: Environment,
  inspectDatabase: (url: string) => Promise<DatabaseInspection>,
): Promise<readonly DoctorFinding[]> {
  const settings = attempt('setting_wrong', () => readConfig(env));
  if ('findings' in settings) return settings.findings;
  const config = settings.value;
  const isFile = !isPostgresql(config.databaseUrl);
  const file = isFile ? pathOf(config.databaseUrl) : null;
  const sight = await inspectDatabase(config.databaseUrl);
  const keys = sight.kind === 'seen' ? sight.keys : [];
  const hasKeys = keys.length > 0;
  const auth = attempt('start_refused', () => requireAuth(config, { hasKeys }));
  const named = [...secretNames.map((name) => `${name}_FILE`), 'POLICY_FILE'];
  const files = [
    ...named.flatMap((name) => env[name]?.trim() || []),
    ...(file === null ? [] : ['', '-wal', '-shm', '.key'].map((end) => file + end)),
    envFileName,
  ];
  const now = timeOfDay();
  return [
    ...('findings' in auth ? auth.findings : []),
    ...checkSettings(config, hasKeys),
    ...checkKeys(keys, now),
    ...checkModes(files),
    ...(file === null
      ? checkDatabase('DATABASE_URL', sight, 'pg_dump')
      : [...checkDatabase(file, sight), ...(await checkWritable(file)), ...(await checkSpace(file))]),
    ...(await checkGitLab(config, timeOfDay)),
    ...(await checkSignIn(config)),
    ...(await checkRightsAtGitLab(config)),
  ];
}

/** What the token may not do, and may do without need. */
async function checkRightsAtGitLab({
  gitlabUrl,
  gitlabToken,
}: Pick<Config, 'gitlabUrl' | 'gitlabToken'>): Promise<readonly DoctorFinding[]> {
  if (gitlabToken === null) return [];
  const account = await readAccount({ gitlabUrl, gitlabToken });
  return account === null ? [] : checkRights(account);
}

/** The errors that would stop the start, as findings. */
function attempt<T>(
  code: DoctorFindingCode,
  work: () => T,
): { readonly value: T } | { readonly findings: readonly DoctorFinding[] } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.lines.map((line) => {
      const [, subject = '', problem = line] = /^(\w+): (.*)$/.exec(line) ?? [];
      return doctorFinding(code, subject, problem, 'the service does not start until it is fixed');
    });
    return { findings };
  }
}
