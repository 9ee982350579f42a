/**
 * Loaded into the process of a service before all else (`node --import`), so that a test can do to it from inside
 * what cannot be done from outside: what SQLite answers on a disk that is full, or read-only, on its own connections.
 */
import { createRequire, registerHooks } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

interface Connection {
  readonly open: boolean;
  pragma(text: string): unknown;
}

type Run = (...args: readonly unknown[]) => unknown;

interface Statement {
  readonly source: string;
  all: Run;
  get: Run;
  iterate: Run;
  run: Run;
}

/** What a test asks for. */
export type Question =
  /** To run it on every connection. */
  | { readonly pragma: string }
  /** Whether every read of a row is to fail, as on a disk with bad sectors; what is written goes through. */
  | { readonly failReads: boolean }
  /** What held the event loop up since this was asked the last time. */
  | { readonly holds: true }
  /** Which files of packages it has loaded. */
  | { readonly modules: true }
  /** To throw, once it has answered, what nobody catches; a request hangs on it, as on errors of HTTP clients. */
  | { readonly crash: string };

/** How long the event loop was held up at most: by the clock, and in time of the processor, which others do not lengthen. */
export interface Holds {
  readonly longestMs: number;
  readonly longestCpuMs: number;
}

const resolutionMs = 5;
const loop = monitorEventLoopDelay({ resolution: resolutionMs });
loop.enable();

let longestCpuMs = 0;
let cpuBefore = process.threadCpuUsage();
setInterval(() => {
  const { user, system } = process.threadCpuUsage(cpuBefore);
  cpuBefore = process.threadCpuUsage();
  longestCpuMs = Math.max(longestCpuMs, (user + system) / 1000 - resolutionMs);
}, resolutionMs).unref();

function readHolds(): Holds {
  const holds = { longestMs: loop.max / 1e6 - resolutionMs, longestCpuMs };
  loop.reset();
  longestCpuMs = 0;
  return holds;
}

const modules = new Set<string>();
registerHooks({
  load(url, context, nextLoad) {
    modules.add(url);
    return nextLoad(url, context);
  },
});

const connections = new Set<Connection>();
const { prototype } = createRequire(import.meta.url)('better-sqlite3') as {
  prototype: {
    prepare: (this: Connection, sql: string) => Statement;
  };
};
const { prepare } = prototype;
prototype.prepare = function (sql) {
  connections.add(this);
  const statement = prepare.call(this, sql);
  for (const name of ['all', 'get', 'iterate'] as const) {
    const method = statement[name].bind(statement);
    statement[name] = (...args) => {
      failRead.call(statement);
      return method(...args);
    };
  }
  if (sql === 'BEGIN IMMEDIATE') statement.run = afterObeying(statement.run.bind(statement));
  return statement;
};

/** The last pragma, where the threads that write by themselves look before they begin: its length, then its text. */
const sharedName = 'pragma for threads';
if (isMainThread) setEnvironmentData(sharedName, new Uint8Array(new SharedArrayBuffer(256)));
const shared = Buffer.from((getEnvironmentData(sharedName) as Uint8Array).buffer);
let obeyed = '';

const afterObeying =
  (run: Run): Run =>
  (...args) => {
    const asked = shared.toString('latin1', 1, 1 + (shared[0] ?? 0));
    if (asked !== obeyed) runPragma(asked);
    obeyed = asked;
    return run(...args);
  };

let failsReads = false;

/** Has a statement fail that reads rows, as SQLite says that the disk does. */
function failRead(this: { readonly source: string }): void {
  if (failsReads && /^\s*SELECT/i.test(this.source))
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' });
}

function runPragma(text: string): void {
  for (const connection of connections) if (connection.open) connection.pragma(text);
}

function answer(question: Question): unknown {
  if ('holds' in question) return readHolds();
  if ('failReads' in question) {
    failsReads = question.failReads;
    return null;
  }
  if ('modules' in question) return [...modules].filter((url) => url.includes('/node_modules/'));
  if ('crash' in question) {
    const { crash } = question;
    const cause = { request: { headers: { authorization: `Bearer ${crash}` } } };
    setImmediate(() => {
      throw Object.assign(new Error(`cannot send ${crash}`, { cause }), { options: cause });
    });
    return null;
  }
  runPragma(question.pragma);
  shared[0] = shared.write(question.pragma, 1, 'latin1');
  return null;
}

if (isMainThread) process.on('message', (question: Question) => process.send?.(answer(question)));
// The service ends as it would without being asked.
process.channel?.unref();
