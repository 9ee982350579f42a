/**
 * For `catch` where the database is opened: a file that cannot be opened is a wrong setting.
 * @throws ConfigError, or the error as it is
 */
export function toConfigError(error: unknown): never {
  if (isWrongDatabase(error)) throw new ConfigError([error.message]);
  const { syscall, code = '', path = '' } = asSystemError(error);
  if (syscall !== 'mkdir' && syscall !== 'open') throw error;
  throw new ConfigError([`DATABASE_URL: expected file:PATH of a file that can be opened (${code}: ${path})`]);
}

/**
 * For `catch` where the service begins to listen: an address that this machine does not have is a wrong setting. A port
 * in use is not: it may be free a moment later.
 * @throws ConfigError, or the error as it is
 */
export function toConfigErrorOfHost(error: unknown): never {
  const { syscall, code = '' } = asSystemError(error);
  if (syscall !== 'getaddrinfo' && code !== 'EADDRNOTAVAIL') throw error;
  throw new ConfigError([`HOST: expected an address or a name of this machine (${code})`]);
}

/** A server that refuses the user or has no such database, whose message names the setting. */
const isWrongDatabase = (error: unknown): error is Error =>
  error instanceof Error && 'isSetting' in error && error.isSetting === true;

const asSystemError = (error: unknown): Partial<NodeJS.ErrnoException> =>
  error instanceof Error ? error : {};

/** Stops the start: a line for each wrong setting, without secrets. */
export class ConfigError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}
