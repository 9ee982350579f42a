/** `node die-migrating.ts URL N`: migrates a database, and is killed after N statements that change it. */
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import { migrate } from '../../src/store/migrate.ts';

const [url = '', statements = ''] = process.argv.slice(2);
let left = Number(statements);

/** The engine also asks by the method that writes, and writes by the method that asks. */
const isChange = (sql: string): boolean => /^\s*(--|CREATE|INSERT|UPDATE|BEGIN|COMMIT)/.test(sql);

type Connect = (this: PrismaBetterSqlite3) => Promise<SqlDriverAdapter>;

const connect: Connect = Reflect.get(PrismaBetterSqlite3.prototype, 'connect');
PrismaBetterSqlite3.prototype.connect = async function (this: PrismaBetterSqlite3) {
  const connection = await connect.call(this);
  const counted = <Query, Answer>(
    run: (query: Query) => Promise<Answer>,
    sqlOf: (query: Query) => string,
  ): ((query: Query) => Promise<Answer>) =>
    async function (query) {
      const answer = await run.call(connection, query);
      if (isChange(sqlOf(query))) left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return answer;
    };
  connection.executeScript = counted(connection.executeScript.bind(connection), (sql) => sql);
  connection.executeRaw = counted(connection.executeRaw.bind(connection), ({ sql }) => sql);
  connection.queryRaw = counted(connection.queryRaw.bind(connection), ({ sql }) => sql);
  return connection;
};

await migrate(url);
