import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import { secretNames } from './environment.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that are set, secrets read from their files. An empty variable counts as not set.
 * @throws ConfigError
 */
export function withFiles(env: Environment): Environment {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const files = secretNames.flatMap((name) => {
    const file = given[`${name}_FILE`];
    if (file === undefined) return [];
    if (given[name] !== undefined)
      throw new ConfigError([`${name}_FILE: ${name} is set as well; set only one of them`]);
    return [[name, readSecret(`${name}_FILE`, file)] as const];
  });
  return { ...given, ...Object.fromEntries(files) };
}

function readSecret(name: string, file: string): string {
  const text = readSettingFile(name, file).trim();
  if (text === '') throw new ConfigError([`${name}: expected a file that is not empty`]);
  return text;
}

/**
 * The text of the file that a variable names.
 * @throws ConfigError
 */
export function readSettingFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError([`${name}: expected a file that can be read (${code})`]);
  }
}
