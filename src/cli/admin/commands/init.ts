import { readFileSync, existsSync } from 'node:fs';
import { Failure } from '../../../client/errors.ts';
import { roleName } from '../../../domain/access/gitlab-role.ts';
import { plainLine } from '../../../domain/terminal-text.ts';
import type { ProjectRights, TokenAccount } from '../../../domain/token-rights.ts';
import type { CommandEnvironment, Context, Register, SetUp } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { printJson, printTable } from '../print.ts';

interface InitOptions extends JsonOption {
  readonly gitlabUrl?: string;
  readonly gitlabTokenFile?: string;
  readonly publicUrl?: string;
  readonly env: string;
}

/** `init`: checks a GitLab and a token, and writes `.env`. */
export const registerInit: Register = (program, context) => {
  const init = program
    .command('init')
    .description('check a GitLab and a token there, and write .env with them and new secrets')
    .option('--gitlab-url <url>', 'the GitLab, as people open it; asked for at a terminal')
    .option('--gitlab-token-file <file>', 'holds the token; asked for at a terminal')
    .option('--public-url <url>', 'how GitLab and browsers reach this service; asked for at a terminal')
    .option('--env <file>', 'what to write; a file that is there is not overwritten', '.env')
    .action((options: InitOptions) => initialize(context, options));
  withExamples(withJson(init), [
    ['pipeline-trigger init', 'asks for everything'],
    ['pipeline-trigger init --gitlab-url https://gitlab.example.com --gitlab-token-file token.txt', ''],
  ]);
};

async function initialize(context: Context, options: InitOptions): Promise<void> {
  const { env: file, json = false } = options;
  if (existsSync(file)) throw new Failure(`${file} is there already, and is not overwritten`);
  const made = await context.parts.setUp({ ...(await answers(context, options)), file });
  if (json) {
    printJson(context.stdout, { ...made, next: nextCommands(made, context.env) });
    return;
  }
  await printAccount(context, made);
  const { findingsText } = await import('../findings-text.ts');
  if (made.findings.length > 0) context.stdout.write(`${findingsText(context, made.findings)}\n`);
  const next = nextCommands(made, context.env).map((line) => `  ${line}\n`);
  context.stdout.write(`wrote ${file}, which only you can read. Next:\n\n${next.join('')}`);
}

/** What the flags, the environment and the operator say. @throws Failure where nobody says it */
async function answers({ ask, env }: Context, { gitlabUrl, gitlabTokenFile, publicUrl }: InitOptions) {
  const usualUrl = given(env, 'GITLAB_URL') ?? 'https://gitlab.com';
  const url = gitlabUrl ?? ((await ask?.(`GitLab [${usualUrl}]: `)) || usualUrl);
  const token =
    gitlabTokenFile === undefined
      ? (given(env, 'GITLAB_TOKEN') ??
        (await ask?.('Its access token, with the scope api (not shown): ', { isSecret: true })))
      : readToken(gitlabTokenFile);
  if (token === undefined || token.trim() === '')
    throw new Failure('--gitlab-token-file: name a file with an access token', exitCodes.usage);
  const hint = 'How GitLab reaches this service, as https://pipelines.example.com [not known yet]: ';
  const reached = publicUrl ?? given(env, 'PUBLIC_URL') ?? (await ask?.(hint)) ?? '';
  return { gitlabUrl: url.trim(), gitlabToken: token.trim(), publicUrl: reached.trim() || null };
}

const given = (env: CommandEnvironment, name: string): string | undefined => env[name]?.trim() || undefined;

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure(`--gitlab-token-file: ${file} cannot be read (${code})`, exitCodes.usage);
  }
}

async function printAccount(context: Context, { gitlabUrl, account }: SetUp): Promise<void> {
  const { stdout } = context;
  if (account === null) {
    stdout.write(`${gitlabUrl} takes the token; what it may do there could not be read\n`);
    return;
  }
  stdout.write(`${plainLine(`${gitlabUrl}: ${accountText(account)}`)}\n\n`);
  if (account.projects.length === 0) return;
  await printTable(context, {
    columns: [
      { title: 'PROJECT', shrinks: 'last' },
      { title: 'ROLE' },
      { title: 'RUNS PIPELINES ON' },
      { title: 'WEBHOOKS' },
    ],
    rows: account.projects.map((project) => [
      project.path,
      roleName(project.role),
      runText(project),
      project.mayManageHooks ? 'yes' : 'no',
    ]),
  });
  stdout.write('\n');
}

function accountText({ username, isBot, isAdmin, tokenName, scopes, expiresOn }: TokenAccount): string {
  const who = `@${username}${isBot ? ', a bot' : ''}${isAdmin ? ', an administrator' : ''}`;
  const token = `token${tokenName === null ? '' : ` "${tokenName}"`} with ${scopes.join(', ')}`;
  return `${who}; ${token}, ${expiresOn === null ? 'never expires' : `expires on ${expiresOn}`}`;
}

function runText({ mayRun, defaultBranch }: ProjectRights): string {
  const branch = defaultBranch ?? 'no branch';
  if (mayRun === null) return `${branch}: not known`;
  return mayRun ? branch : `not on ${branch}`;
}

/** The commands to go on with, as they are called where this one was. */
function nextCommands({ account }: SetUp, env: CommandEnvironment): readonly string[] {
  const command = env['npm_command'] === 'exec' ? 'npx pipeline-trigger' : 'pipeline-trigger';
  const project = account?.projects[0]?.path ?? 'group/app';
  const group = project.slice(0, project.lastIndexOf('/'));
  return [
    `${command} serve`,
    `${command} hooks install ${project}`,
    `${command} keys create --name ci --project '${group}/*' --expires 365`,
  ];
}
