import { globSync } from 'node:fs';
import path from 'node:path';

const [newest] = globSync('/usr/lib/postgresql/*/bin/initdb').toSorted().toReversed();

/** Where Debian keeps the programs of the newest PostgreSQL; undefined where there is none. */
export const postgresqlPrograms = newest === undefined ? undefined : path.dirname(newest);

/** A server that is there already, whose user may create databases; unless one is started here. */
export const givenServer = process.env['PG_URL'];

/** Without it the tests that need a PostgreSQL are skipped by name. */
export const hasPostgresql = givenServer !== undefined || postgresqlPrograms !== undefined;
