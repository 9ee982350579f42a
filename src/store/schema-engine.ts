import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/** A file of the Prisma schema, as the engine takes it. */
export interface SchemaFile {
  readonly path: string;
  readonly content: string;
}

/** Tables that migrations leave alone: none. */
export const noFilters = { externalTables: [], externalEnums: [] };

let instance: Promise<void> | undefined;

/** Loads the WebAssembly once: Prisma's native engine would have to be downloaded, this one comes with npm. */
function load(): Promise<void> {
  instance ??= (async () => {
    const directory = path.dirname(
      createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
    );
    const wasm = await readFile(path.join(directory, 'schema_engine_bg.wasm'));
    const { instance: loaded } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': bindings });
    bindings.__wbg_set_wasm(loaded.exports);
    loaded.exports.__wbindgen_start();
  })();
  return instance;
}

/** The little of WebAssembly that is used here: TypeScript knows it only together with the browser. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, object>,
  ): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

interface EngineOptions {
  readonly schema?: SchemaFile;
  /** Whether all that is done to the database is one transaction: the engine itself uses none. */
  readonly isAtomic?: boolean;
}

/**
 * Works with Prisma's engine for migrations on a database. Its connections are closed afterwards: the engine itself
 * leaves them open, with the database locked.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: bindings.SchemaEngine) => Promise<T>,
  { schema, isAtomic = false }: EngineOptions = {},
): Promise<T> {
  await load();
  const adapter = new PrismaBetterSqlite3({ url });
  const connections: SqlDriverAdapter[] = [];
  const kept = async (connecting: Promise<SqlDriverAdapter>): Promise<SqlDriverAdapter> => {
    const connection = await connecting;
    connections.push(connection);
    return connection;
  };
  const connect = async (): Promise<SqlDriverAdapter> => {
    const connection = await kept(adapter.connect());
    if (isAtomic) await connection.executeScript(begin);
    return connection;
  };
  const factory = bindMigrationAwareSqlAdapterFactory({
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    connect,
    connectToShadowDb: () => kept(adapter.connectToShadowDb()),
  });
  const datamodels: [string, string][] | undefined = schema && [[schema.path, schema.content]];
  const engine = await bindings.SchemaEngine.new({ datamodels }, () => undefined, factory);
  try {
    const result = await work(engine);
    if (isAtomic) for (const connection of connections) await connection.executeScript('COMMIT');
    return result;
  } finally {
    engine.free();
    for (const connection of connections) await connection.dispose();
  }
}

/**
 * A migration that makes a table anew drops the old one, which deletes what refers to it unless foreign keys are off;
 * within a transaction they cannot be switched any more. Source: https://www.sqlite.org/lang_altertable.html, section 7
 */
const begin = 'PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE';
