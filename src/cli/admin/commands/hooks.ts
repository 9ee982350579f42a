import type { Command } from 'commander';
import type { Register } from '../context.ts';
import { withExamples, withJson } from '../options.ts';
import type { HookCommandOptions } from '../hooks/each-project.ts';

const projectsText = 'paths of projects; group/* for all of a group, group/** with those of subgroups';
const urlText = 'address of the service as GitLab reaches it, instead of its PUBLIC_URL';
const fromText = 'address of the service before: hooks that still call it are moved';

/** `hooks`: manages the project hooks in GitLab. */
export const registerHooks: Register = (program, context) => {
  const hooks = program.command('hooks').description('manage the GitLab webhooks that notify this service');
  const load = () => import('../hooks/run-hooks.ts');

  const install: Command = hooks
    .command('install')
    .description('bring each project to one good hook, and have GitLab test it')
    .argument('<projects...>', projectsText)
    .option('--url <url>', urlText)
    .option('--from <url>', fromText)
    .option('--no-tls-verify', 'let GitLab not verify the certificate of the service')
    .action(async (projects: readonly string[], options: HookCommandOptions) =>
      (await load()).installHooks(context, projects, options),
    );
  withExamples(withJson(install), [
    ['pipeline-trigger hooks install group/app', ''],
    ["pipeline-trigger hooks install 'group/**'", 'all projects below a group'],
    ["pipeline-trigger hooks install --from https://old.example.com 'group/*'", 'after the service moved'],
  ]);

  const list = hooks
    .command('list')
    .description('the hooks of projects; without any, of those that pending triggers wait for')
    .argument('[projects...]', projectsText)
    .option('--url <url>', urlText)
    .action(async (projects: readonly string[], options: HookCommandOptions) =>
      (await load()).listHooks(context, projects, options),
    );
  withExamples(withJson(list), [["pipeline-trigger hooks list 'group/*'", '']]);

  const doctor = hooks
    .command('doctor')
    .description('why webhooks do not arrive; without projects, of those that pending triggers wait for')
    .argument('[projects...]', projectsText)
    .option('--fix', 'repair it, and have GitLab send again what triggers wait for')
    .option('--resend-all', 'with --fix: also what no trigger waits for, five a minute')
    .option('--url <url>', urlText)
    .option('--from <url>', fromText)
    .action(async (projects: readonly string[], options: HookCommandOptions) =>
      (await load()).examineHooks(context, projects, options),
    );
  withExamples(withJson(doctor), [
    ["pipeline-trigger hooks doctor 'group/*'", 'what is wrong'],
    ['pipeline-trigger hooks doctor --fix group/app', 'and repair it'],
  ]);

  const remove = hooks
    .command('remove')
    .description('remove the hooks of this service')
    .argument('<projects...>', projectsText)
    .option('--url <url>', urlText)
    .action(async (projects: readonly string[], options: HookCommandOptions) =>
      (await load()).removeHooks(context, projects, options),
    );
  withExamples(withJson(remove), [['pipeline-trigger hooks remove group/app', '']]);
};
