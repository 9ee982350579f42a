import { readFileSync } from 'node:fs';
import path from 'node:path';
import { secretNames, settingNames } from './environment.ts';
import type { Environment } from './secret-files.ts';

/** The file of settings that commands read in the folder they run in. */
export const envFileName = '.env';

/** For the commands that call the service; both or none are taken, so that no token goes to another service. */
const clientNames = ['PIPELINE_TRIGGER_URL', 'PIPELINE_TRIGGER_TOKEN'];
const readNames = new Set([...settingNames, ...secretNames.map((name) => `${name}_FILE`), ...clientNames]);

/** The `NAME=value` lines of a text, as `docker --env-file` and systemd read them: no quotes, `#` begins a line of comment. */
export function parseEnvFile(text: string): Environment {
  const pairs = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, name, value] = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
    });
  return Object.fromEntries(pairs);
}

/**
 * The environment, with what it lacks from `.env` in a folder: only settings of this program, since other programs have
 * files of that name, too.
 * @param warn gets a line when there is one that cannot be read
 */
export function withEnvFile(env: Environment, folder: string, warn: (line: string) => void): Environment {
  const file = path.join(folder, envFileName);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') warn(`${file} cannot be read (${code}), so its settings do not count`);
    return env;
  }
  const isSet = (name: string): boolean => (env[name] ?? '').trim() !== '';
  const namesService = clientNames.some(isSet);
  const taken = Object.entries(parseEnvFile(text)).filter(
    ([name]) =>
      readNames.has(name) &&
      !isSet(name) &&
      !isOtherForm(name, isSet) &&
      !(namesService && clientNames.includes(name)),
  );
  return { ...env, ...Object.fromEntries(taken) };
}

/** Whether the environment has the same secret in its other form: as a value, or in a file. */
function isOtherForm(name: string, isSet: (name: string) => boolean): boolean {
  return isSet(name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : `${name}_FILE`);
}
