import { hostname } from 'node:os';
import pg from 'pg';
import { messageOf } from '../../domain/error.ts';

/**
 * How long a statement may go unanswered, a COMMIT included: GitLab gives up after 10 s, and has to hear before that
 * its hook was not taken. Whether it was carried out is unknown then, so its connection is given up.
 */
const statementMs = 6_000;
/** How long it may take to connect, and to be given a connection of the pool. */
const connectMs = 4_000;

interface BoundedConfig extends pg.ClientConfig {
  readonly boundMs?: number;
}

/**
 * A connection that is closed where an answer does not come: the server may hang, or the network may be gone without
 * a trace. The limit is not the server's `statement_timeout`: that would end the wait for a standby with success.
 * Source: https://www.postgresql.org/docs/current/warm-standby.html, section 27.2.8
 */
class BoundedClient extends pg.Client {
  private readonly boundMs: number;

  constructor(config: BoundedConfig) {
    super(config);
    this.boundMs = config.boundMs ?? statementMs;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- `query` has a dozen overloads, all are passed on
  override query(...args: any[]): any {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument -- as above
    const answer: any = (super.query as (...given: any[]) => unknown)(...args);
    if (!(answer instanceof Promise)) return answer;
    const timer = setTimeout(() => this.giveUp(), this.boundMs);
    const done = (): void => clearTimeout(timer);
    answer.then(done, done);
    return answer;
  }

  private giveUp(): void {
    const { stream } = (this as unknown as { connection: { stream: { destroy(error: Error): void } } })
      .connection;
    stream.destroy(new Error(`the database has not answered for ${this.boundMs / 1000} s`));
  }
}

interface PoolOptions {
  readonly url: string;
  /** The most connections at a time. */
  readonly max: number;
  /** Shown in `pg_stat_activity`. */
  readonly purpose: string;
}

const applicationName = (purpose: string): string => `pipeline-trigger ${purpose} ${hostname()}`.slice(0, 63);

/** What connections have in common; nothing a pooler in between does not know. */
const settings = ({ url, purpose }: Omit<PoolOptions, 'max'>): pg.ClientConfig => ({
  connectionString: url,
  connectionTimeoutMillis: connectMs,
  application_name: applicationName(purpose),
  keepAlive: true,
});

/** Connections that are made when they are needed, and closed when they are not or do not answer. */
export function createPool({ max, ...options }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...settings(options),
    max,
    idleTimeoutMillis: 30_000,
    Client: BoundedClient as unknown as NonNullable<pg.PoolConfig['Client']>,
  });
  // A connection that breaks while nobody uses it is replaced by the next use.
  pool.on('error', () => undefined);
  return pool;
}

/** One connection, without limits of ours, and never another one: what is done over it may be one transaction. */
export function loneConnection(url: string): pg.PoolConfig {
  let count = 0;
  return {
    ...settings({ url, purpose: 'migration' }),
    max: 1,
    idleTimeoutMillis: 0,
    verify(_client, done) {
      count += 1;
      done(count > 1 ? new Error('the connection was lost') : undefined);
    },
  };
}

/** A connection that stays; its statements are all as short as a probe. */
export const createProbedClient = (url: string, purpose: string, boundMs: number): pg.Client =>
  new BoundedClient({ ...settings({ url, purpose }), boundMs });

/** What can be said of a database that cannot be reached, without its password: the host, and the reason. */
export function whyUnreachable(url: string, error: unknown): string {
  const { code = '' } = error as { code?: unknown };
  const first = error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
  const reason = first.split('\n').findLast((line) => line.trim() !== '') ?? String(code);
  return `${reason.trim()} (${placeOf(url)})`;
}

/** Host, port and name of the database. */
export function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'PostgreSQL';
  const { host, pathname } = new URL(url);
  return `${host || 'local socket'}${pathname}`;
}
