import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';

/** What the engine asks of a PostgreSQL before it compares two schemas: whether the schema exists, and its version. */
const answer = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [5, 7, 0] as 0[],
  rows: [[true, 'PostgreSQL 15', 150_000]],
};

const connection: SqlDriverAdapter = {
  provider: 'postgres',
  adapterName: 'no-server',
  queryRaw: () => Promise.resolve(answer),
  executeRaw: () => Promise.resolve(0),
  executeScript: () => Promise.resolve(),
  startTransaction: () => Promise.reject(new Error('there is no server')),
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: false }),
  dispose: () => Promise.resolve(),
};

/** Lets Prisma's engine compare two schemas for PostgreSQL where there is none: it connects, but needs nothing of it. */
export const noServer: SqlMigrationAwareDriverAdapterFactory = {
  provider: 'postgres',
  adapterName: connection.adapterName,
  connect: () => Promise.resolve(connection),
  connectToShadowDb: () => Promise.resolve(connection),
};
