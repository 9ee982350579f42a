import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { Query } from './query-database.ts';
import { queryOver } from './query-database.ts';

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
  /** Begins the one transaction that all is done in; none unless given, and the engine itself uses none. */
  readonly begin?: string;
}

/**
 * Works with Prisma's engine for migrations on a database. Its connections are closed afterwards: the engine itself
 * leaves them open, with the database locked.
 * @param work is also given a way to ask on the engine's own connection, inside its transaction
 */
export async function withSchemaEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: bindings.SchemaEngine, query: Query) => Promise<T>,
  { schema, begin }: EngineOptions = {},
): Promise<T> {
  await load();
  const connections: SqlDriverAdapter[] = [];
  const kept = async (connecting: Promise<SqlDriverAdapter>): Promise<SqlDriverAdapter> => {
    const connection = await connecting;
    connections.push(connection);
    return connection;
  };
  const connect = async (): Promise<SqlDriverAdapter> => {
    const connection = await kept(adapter.connect());
    if (begin !== undefined) await connection.executeScript(begin);
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
    const query: Query = async (sql) => queryOver(connections[0] ?? (await connect()))(sql);
    const result = await work(engine, query);
    if (begin !== undefined) for (const connection of connections) await connection.executeScript('COMMIT');
    return result;
  } finally {
    engine.free();
    for (const connection of connections) await connection.dispose();
  }
}
