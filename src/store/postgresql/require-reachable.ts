import { createProbedClient, whyUnreachable } from './connection.ts';

/** How long the first answer may take. */
const limitMs = 10_000;

/** A database that cannot be used as it is set; `isSetting`: trying again does not help. */
export class UnreachableDatabase extends Error {
  readonly isSetting: boolean;

  constructor(message: string, isSetting: boolean) {
    super(message);
    this.name = 'UnreachableDatabase';
    this.isSetting = isSetting;
  }
}

/** Authentication and the database's name. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const settingCodes = /^(?:28\w{3}|3D000)$/;

/**
 * Connects once.
 * @param setting the variable that the URL comes from
 * @throws UnreachableDatabase that names the variable and the reason, never the password
 */
export async function requireReachable(setting: string, url: string): Promise<void> {
  const client = createProbedClient(url, 'start', limitMs);
  // What breaks it is the error of the call below.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    const { code } = error as { code?: unknown };
    const isSetting = typeof code === 'string' && settingCodes.test(code);
    throw new UnreachableDatabase(
      `${setting}: the database cannot be used: ${whyUnreachable(url, error)}`,
      isSetting,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
