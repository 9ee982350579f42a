import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../simulator/simulator.ts';
import { pipelineTrigger } from '../support/built.ts';
import { hasCurl } from '../support/curl.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { node, repository } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const readme = readFileSync(path.join(repository, 'README.md'), 'utf8');
const section = readme.slice(
  readme.indexOf('## Set it up with a real GitLab'),
  readme.indexOf('**6. In a pipeline.**'),
);
const [withDocker = '', withoutDocker = '', hook = '', key = '', wait = ''] = [
  ...section.matchAll(/```sh\n([^]*?)```/g),
].map(([, block]) => block ?? '');

const command = `"${node}" "${pipelineTrigger}"`;

/** What a machine with these programs would do: the service itself is started for real, nothing is built. */
const stubs = {
  'pipeline-trigger': `exec ${command} "$@"`,
  npx: `exec "$@"`,
  npm: `case $1 in start) exec ${command} serve >service.log 2>&1 ;; esac`,
  docker: `
case $1 in
  exec) shift 2; exec "$@" ;;
  run)
    case " $* " in
      *" --env-file .env "*) (exec ${command} serve >service.log 2>&1) & ;;
      *) while [ "$1" != pipeline-trigger ]; do shift; done; shift; exec "$@" ;;
    esac ;;
esac`,
};

/** A machine of somebody new to it: a folder with a token, and a GitLab where main is protected. */
async function newcomer() {
  const directory = makeTemporaryDirectory();
  const simulator = await startSimulator({
    users: [{ username: 'bot', token: 'glpat-new', roles: { group: 'maintainer' } }],
    defaultJob: { queueMs: 0, durationMs: 5 },
    projects: [{ id: 1, path: 'group/app', ci: { build: { script: 'make' } } }],
  });
  const port = await freePort();
  const bin = path.join(directory.path, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(stubs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  writeFileSync(path.join(directory.path, 'gitlab-token'), 'glpat-new\n');
  const url = `http://127.0.0.1:${port}`;
  const children: number[] = [];
  onTestFinished(async () => {
    for (const pid of children) {
      try {
        process.kill(-pid, 'SIGTERM');
      } catch {
        // It has ended.
      }
    }
    await simulator.close();
    directory.remove();
  });

  async function run(script: string, env: Readonly<Record<string, string>> = {}) {
    const here = script
      .replaceAll('https://gitlab.example.com', simulator.url)
      .replaceAll('https://pipelines.example.com', url);
    const child = spawn('/bin/sh', ['-eu', '-c', here], {
      cwd: directory.path,
      detached: true,
      env: {
        PATH: `${bin}:${path.dirname(node)}:${process.env['PATH'] ?? ''}`,
        HOST: '127.0.0.1',
        PORT: String(port),
        PIPELINE_TRIGGER_URL: url,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) children.push(child.pid);
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, stdout, stderr };
  }

  return {
    run,
    folder: directory.path,
    isReady: async () => expect((await fetch(`${url}/readyz`)).status).toBe(200),
  };
}

const token = (folder: string): string =>
  /^PIPELINE_TRIGGER_TOKEN=(.*)$/m.exec(readFileSync(path.join(folder, '.env'), 'utf8'))?.[1] ?? '';

describe.skipIf(!hasCurl).each([
  ['with Docker', withDocker, (script: string) => script.replaceAll('npx', 'docker exec pipeline-trigger')],
  ['without Docker', withoutDocker, (script: string) => script],
])('the steps of the README in their order, %s', { timeout: 300_000 }, (_how, setUp, asWritten) => {
  test('lead to the first verdict, with every secret in a file that only its owner reads', async () => {
    const { run, folder, isReady } = await newcomer();
    const begun = await run(setUp);
    expect(begun.code).toBe(0);
    await eventually(isReady);
    expect(statSync(path.join(folder, '.env')).mode & 0o777).toBe(0o600);
    // The service is named in the environment here, so the token for it is as well.
    const asOperator = { PIPELINE_TRIGGER_TOKEN: token(folder) };
    const hooked = await run(asWritten(hook), asOperator);
    expect(await hooked.stdout).toMatch(/group\/app +created +\d+ +passed/);
    expect((await run(asWritten(key))).code).toBe(0);
    expect(statSync(path.join(folder, 'ci-key')).mode & 0o777).toBe(0o600);
    const waited = await run(wait, {
      PIPELINE_TRIGGER_TOKEN: readFileSync(path.join(folder, 'ci-key'), 'utf8').trim(),
      CI_PROJECT_ID: '1',
      CI_JOB_ID: '2',
    });
    expect(await waited.stdout).toMatch(/"outcome":"success"/);
    expect(waited.code).toBe(0);
  });
});
