import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { givenServer, hasPostgresql } from './find-postgresql.ts';
import type { PostgresqlServer } from './start-postgresql.ts';
import { startPostgresql } from './start-postgresql.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the URL of a PostgreSQL, which is started for the first who asks; null where there is none. */
    postgresql: string | null;
  }
}

/** One PostgreSQL for a whole run of tests, and none for a run that needs none. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasPostgresql) {
    project.provide('postgresql', null);
    return () => Promise.resolve();
  }
  let started: Promise<PostgresqlServer> | null = null;
  const server = createServer((_request, response) => {
    const url = givenServer ?? (started ??= startPostgresql()).then((found) => found.url);
    Promise.resolve(url).then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('postgresql', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await started)?.remove();
  };
}
