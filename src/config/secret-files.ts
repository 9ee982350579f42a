import { readFileSync } from 'node:fs';
import { ConfigError } from './startup-errors.ts';
import { secretNames, settingNames } from './environment.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that are set, with secrets read from their files. Blanks, line ends and a byte order mark around a value
 * are removed: a secret's file ends with a line end, and a pasted value may begin with a mark. An empty variable counts
 * as not set.
 * @throws ConfigError
 */
export function withFiles(env: Environment): Environment {
  const given = Object.fromEntries(
    Object.entries(env)
      .map(([name, value]) => [name, value?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  refuseQuoted(given);
  const files = secretNames.flatMap((name) => {
    const file = given[`${name}_FILE`];
    if (file === undefined) return [];
    if (given[name] !== undefined)
      throw new ConfigError([`${name}_FILE: ${name} is set as well; set only one of them`]);
    return [[name, readSecret(`${name}_FILE`, file)] as const];
  });
  const all: Environment = { ...given, ...Object.fromEntries(files) };
  refuseQuoted(all);
  return all;
}

/** @throws ConfigError */
function refuseQuoted(env: Environment): void {
  const quoted = quotable.filter((name) => isQuoted(env[name] ?? ''));
  if (quoted.length > 0)
    throw new ConfigError(quoted.map((name) => `${name}: expected a value without quotes around it`));
}

const quotable = [...settingNames, ...secretNames.map((name) => `${name}_FILE`)];

/**
 * Whether a value, or a part of a list, is in quotes: a shell removes them, files of variables (`docker --env-file`,
 * systemd, a secret's file) may not. The secret would be ambiguous.
 */
const isQuoted = (value: string): boolean =>
  [value, ...value.split(',')].some((part) => /^(["'`]).*\1$/s.test(part.trim()) && part.trim().length > 1);

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
  const text = decode(readBytes(name, file));
  if (text === null) throw new ConfigError([`${name}: expected a text file in UTF-8`]);
  return text;
}

/** Null for invalid UTF-8. UTF-16, which PowerShell writes, has a zero byte in each ASCII character. */
function decode(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function readBytes(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError([`${name}: expected a file that can be read (${code})`]);
  }
}
