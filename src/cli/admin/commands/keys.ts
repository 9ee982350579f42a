import { Option } from 'commander';
import type { ApiKey } from '../../../app/access/api-keys.ts';
import type { Role } from '../../../domain/access/caller.ts';
import { roles } from '../../../domain/access/caller.ts';
import { keyName, projectPattern } from '../../../domain/access/key-rules.ts';
import type { Context, OpenDatabase, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { textOf, textsOf, withExamples, withJson, wholeNumber } from '../options.ts';
import { isNarrow, printJson, printTable } from '../print.ts';
import type { Table } from '../table.ts';
import { isoOf, minuteOf } from '../times.ts';

interface CreateOptions extends JsonOption {
  readonly name: string;
  readonly role: Role;
  readonly project?: readonly string[];
  readonly expires?: number;
}

async function withDatabase<T>(
  { parts }: Context,
  work: (database: OpenDatabase) => Promise<T>,
  mayMake = false,
): Promise<T> {
  const database = await parts.openDatabase({ mayMake });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** `keys create|list|revoke`, on the database itself. */
export const registerKeys: Register = (program, context) => {
  const { stdout } = context;
  const keys = program.command('keys').description('API keys, in the database that DATABASE_URL names');

  const create = keys
    .command('create')
    .description('create an API key and print it (shown only once)')
    .requiredOption('--name <name>', 'whose key it is; triggers belong to the name', textOf(keyName))
    .addOption(
      new Option(
        '--role <role>',
        'read sees, trigger also starts and steers its own, admin may do everything',
      )
        .choices(roles)
        .default('trigger'),
    )
    .option(
      '--project <pattern...>',
      'keep it to projects: group/app, group/*, group/**',
      textsOf(projectPattern),
    )
    .option('--expires <days>', 'days until it is of no use any more', wholeNumber(1, 36_500, 'days'))
    .action(async ({ name, role, project, expires, json = false }: CreateOptions) => {
      const order = { name, role, projects: project ?? null, days: expires ?? null };
      const { key, secret } = await withDatabase(
        context,
        (database) => database.keys.create(order, database.operator),
        true,
      );
      if (json) printJson(stdout, { ...keyView(key), key: secret });
      else stdout.write(`${secret}\n`);
    });
  withExamples(withJson(create), [
    ["pipeline-trigger keys create --name ci --project 'group/*' --expires 365", 'for CI jobs of a group'],
    ['pipeline-trigger keys create --name ops --role admin', 'for the commands of this program'],
  ]);

  const list = keys
    .command('list')
    .description('all keys, and when they were last used')
    .action(async ({ json = false }: JsonOption) => {
      const all = await withDatabase(context, (database) => database.keys.list());
      if (json) printJson(stdout, all.map(keyView));
      else await printTable(context, await keyTable(all, Date.now(), isNarrow(context)));
    });
  withJson(list);

  const revoke = keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<key>', 'its id, the beginning of it, or its name where only one is in force')
    .action(async (which: string, { json = false }: JsonOption) => {
      const key = await withDatabase(context, (database) => database.keys.revoke(which, database.operator));
      if (json) printJson(stdout, keyView(key));
      else stdout.write(`revoked ${key.id} (${key.name})\n`);
    });
  withExamples(withJson(revoke), [['pipeline-trigger keys revoke ci', '']]);
};

/** A key as JSON. */
const keyView = ({ createdAt, expiresAt, lastUsedAt, revokedAt, ...key }: ApiKey) => ({
  ...key,
  createdAt: isoOf(createdAt),
  expiresAt: isoOf(expiresAt),
  lastUsedAt: isoOf(lastUsedAt),
  revokedAt: isoOf(revokedAt),
});

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): string {
  if (revokedAt !== null) return `revoked ${minuteOf(revokedAt)}`;
  if (expiresAt === null) return 'in force';
  return `${now < expiresAt ? 'expires' : 'expired'} ${minuteOf(expiresAt)}`;
}

/** @param now milliseconds since the epoch */
async function keyTable(keys: readonly ApiKey[], now: number, hasShortIds: boolean): Promise<Table> {
  const { shortIds } = await import('../short-ids.ts');
  const all = keys.map(({ id }) => id);
  const ids = hasShortIds ? shortIds(all) : all;
  return {
    columns: [
      { title: 'ID' },
      { title: 'NAME', shrinks: 'last' },
      { title: 'ROLE' },
      { title: 'PROJECTS', shrinks: true, leaveOut: 2 },
      { title: 'LAST USED', leaveOut: 1 },
      { title: 'STATE' },
    ],
    rows: keys.map((key, at) => [
      ids[at] ?? key.id,
      key.name,
      key.role,
      key.projects?.join(' ') ?? 'any',
      key.lastUsedAt === null ? 'never' : minuteOf(key.lastUsedAt),
      stateOf(key, now),
    ]),
  };
}
