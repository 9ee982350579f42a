/**
 * For `catch` where the database is opened: a file that the system does not give is a wrong value.
 * @throws ConfigError, or the error as it is
 */
export function toConfigError(error: unknown): never {
  const { syscall, code = '', path = '' } = asSystemError(error);
  if (syscall !== 'mkdir' && syscall !== 'open') throw error;
  throw new ConfigError([`DATABASE_URL: expected file:PATH of a file that can be opened (${code}: ${path})`]);
}

/**
 * For `catch` where the service begins to listen: an address that this machine does not have is a wrong value. A port
 * that is taken is none: it may be free a moment later.
 * @throws ConfigError, or the error as it is
 */
export function toConfigErrorOfHost(error: unknown): never {
  const { syscall, code = '' } = asSystemError(error);
  if (syscall !== 'getaddrinfo' && code !== 'EADDRNOTAVAIL') throw error;
  throw new ConfigError([`HOST: expected an address or a name of this machine (${code})`]);
}

const asSystemError = (error: unknown): Partial<NodeJS.ErrnoException> =>
  error instanceof Error ? error : {};

/** What stops the start: a line for each wrong value, none of which shows a secret. */
export class ConfigError extends Error {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}
