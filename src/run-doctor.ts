import type { OpenDatabase } from './admin/context.ts';
import type { ApiKey } from './app/api-keys.ts';
import { timeOfDay } from './clock.ts';
import { readConfig } from './config.ts';
import { ConfigError } from './config/config-error.ts';
import { secretNames } from './config/environment.ts';
import { checkModes, checkSpace } from './doctor/check-files.ts';
import { checkGitLab } from './doctor/check-gitlab.ts';
import { checkKeys } from './doctor/check-keys.ts';
import { checkSettings } from './doctor/check-settings.ts';
import { messageOf } from './domain/error.ts';
import type { Finding } from './domain/finding.ts';
import { refuseOpenDoors } from './refuse-open-doors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at the settings, the files, the database and GitLab, and tells what is open, weak, expired or readable by others. */
export async function runDoctor(
  env: Environment,
  openDatabase: () => Promise<OpenDatabase>,
): Promise<readonly Finding[]> {
  const settings = attempt(() => readConfig(env));
  if ('findings' in settings) return settings.findings;
  const config = settings.value;
  const file = config.databaseUrl.replace(/^file:/, '');
  const database = await readKeys(openDatabase, file);
  const doors = attempt(() => refuseOpenDoors(config, { hasKeys: database.keys.length > 0 }));
  const secretFiles = secretNames.flatMap((name) => env[`${name}_FILE`] ?? []);
  return [
    ...('findings' in doors ? doors.findings : []),
    ...database.findings,
    ...checkSettings(config, database.keys.length > 0),
    ...checkKeys(database.keys, timeOfDay()),
    ...checkModes([...secretFiles, file, `${file}-wal`, `${file}-shm`, `${file}.key`]),
    ...(await checkSpace(file).catch(() => [])),
    ...(await checkGitLab(config, timeOfDay)),
  ];
}

/** What would stop the start, as findings. */
function attempt<T>(work: () => T): { readonly value: T } | { readonly findings: readonly Finding[] } {
  try {
    return { value: work() };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.lines.map((line): Finding => {
      const [, subject = '', problem = line] = /^(\w+): (.*)$/.exec(line) ?? [];
      return { severity: 'error', subject, problem, remedy: 'the service does not start until it is mended' };
    });
    return { findings };
  }
}

async function readKeys(
  openDatabase: () => Promise<OpenDatabase>,
  file: string,
): Promise<{ readonly keys: readonly ApiKey[]; readonly findings: readonly Finding[] }> {
  try {
    const { keys, close } = await openDatabase();
    return { keys: await keys.list().finally(close), findings: [] };
  } catch (error) {
    const problem = messageOf(error).split('\n').at(-1) ?? '';
    const remedy = 'let the user of the service read and write the file and its folder';
    return { keys: [], findings: [{ severity: 'error', subject: file, problem, remedy }] };
  }
}
