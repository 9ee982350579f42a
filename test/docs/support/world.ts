import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { node } from '../../support/run-command.ts';
import type { Finished } from '../../support/run-command.ts';
import { apiToken } from '../../support/scenario.ts';
import type { Installation } from '../../support/service-process.ts';
import { install } from '../../support/service-process.ts';
import { adminToken, webhookSecret } from '../../support/start-service.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { documentedScenario } from './documented-scenario.ts';
import { pipelineTrigger, trigger as triggerCommand } from '../../support/built.ts';

/** Where a page's blocks are run: a folder, a service and a GitLab of its own. */
export interface World extends Installation {
  readonly folder: string;
  /** Runs a script as a reader would who has both commands installed. */
  readonly run: (script: string, env?: Readonly<Record<string, string>>) => Promise<Finished>;
}

/** Nothing that a page shows takes longer. */
const timeoutMs = 25_000;

const commands = {
  'pipeline-trigger': `exec "${node}" "${pipelineTrigger}" "$@"`,
  trigger: `exec "${node}" "${triggerCommand}" "$@"`,
  /** There is no engine; what would run in the container is run here. */
  docker: 'test "$1" = exec && shift 2 && exec "$@"',
};

/** Both commands, as they are found on the PATH of somebody who installed the package. */
function installCommands(folder: string): string {
  const bin = path.join(folder, '.bin');
  mkdirSync(bin);
  for (const [command, line] of Object.entries(commands)) {
    writeFileSync(path.join(bin, command), `#!/bin/sh\n${line}\n`);
    chmodSync(path.join(bin, command), 0o755);
  }
  return bin;
}

/** Starts what the pages talk about; it is gone when the tests of the file are. */
export async function startDocumentedWorld(): Promise<World> {
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);
  // The pages speak of a key that was made beside the database.
  const env = { ENCRYPTION_KEY: '' };
  const installation = await install({ scenario: documentedScenario, env }, afterAll);
  const { url, simulator, databaseFile } = installation;
  const bin = installCommands(directory.path);
  const usual = {
    PATH: `${bin}:${path.dirname(node)}:${process.env['PATH'] ?? ''}`,
    HOME: directory.path,
    // As a job of GitLab has them.
    CI_PROJECT_ID: '2',
    CI_PROJECT_PATH: 'group/parent',
    CI_PIPELINE_ID: '99',
    CI_COMMIT_SHORT_SHA: 'c0ffee00',
    CI_SERVER_URL: simulator.url,
    PIPELINE_TRIGGER_URL: url,
    PIPELINE_TRIGGER_TOKEN: adminToken,
    // As the operator has set them for the service.
    GITLAB_URL: simulator.url,
    GITLAB_TOKEN: apiToken,
    WEBHOOK_SECRET: webhookSecret,
    ADMIN_TOKEN: adminToken,
    DATABASE_URL: `file:${databaseFile}`,
  };
  let jobs = 0;
  return {
    ...installation,
    folder: directory.path,
    async run(script, env = {}) {
      jobs += 1;
      const child = spawn('/bin/sh', ['-eu', '-c', atHome(script, installation)], {
        cwd: directory.path,
        env: { ...usual, CI_JOB_ID: String(jobs), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: timeoutMs,
      });
      const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, stdout: await stdout, stderr: await stderr };
    },
  };
}

/** The hosts that the pages name, as they are called here. */
const atHome = (script: string, { url, simulator }: Installation): string =>
  script
    .replaceAll('https://pipelines.example.com', url)
    .replaceAll('http://127.0.0.1:8080', url)
    .replaceAll('https://gitlab.example.com', simulator.url);
