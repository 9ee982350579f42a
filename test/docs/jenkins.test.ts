import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { adminToken } from '../support/start-service.ts';
import { install } from '../support/service-process.ts';
import { documentedScenario } from './support/documented-scenario.ts';
import { pageAt } from './support/read-pages.ts';

/** A text between three quotes as Groovy reads it: a backslash at the end of a line joins it with the next one. */
const fromGroovy = (source: string): string =>
  source.replace(/\\(\n|.)/g, (_, c: string) => (c === '\n' ? '' : c));

const [waiting, aborted] = pageAt('docs/jenkins.md')
  .text.split("'''")
  .filter((_, index) => index % 2 === 1)
  .map(fromGroovy) as [string, string];

const service = await install({ scenario: documentedScenario }, afterAll);
const directory = makeTemporaryDirectory();
afterAll(directory.remove);
let builds = 0;

/** Starts a script as Jenkins does: as a file, run by its first line. */
function start(script: string, build: number) {
  const file = path.join(directory.path, `script-${(builds += 1)}.sh`);
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  const child = spawn(file, {
    env: {
      PATH: process.env['PATH'],
      PIPELINE_TRIGGER_URL: service.url,
      PIPELINE_TRIGGER_TOKEN: adminToken,
      BUILD_TAG: `jenkins-app-${build}`,
      BUILD_NUMBER: String(build),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
  return {
    /** Jenkins ends everything that the step started. */
    abort: () => void process.kill(-(child.pid ?? 0), 'SIGTERM'),
    ended: once(child, 'close').then(async ([code]: unknown[]) => ({
      code,
      stdout: await stdout,
      stderr: await stderr,
    })),
  };
}

const newest = (project: string) => service.simulator.pipelines(project).at(-1);

test('the stage ends with 0 when the pipeline succeeds, and its key starts no second one', async () => {
  const finished = await start(waiting, 1).ended;
  expect(finished, finished.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('success') as string,
  });
  expect(newest('group/app')?.variables).toMatchObject({ BUILD: '1' });
  const first = newest('group/app')?.id;
  expect(await start(waiting, 1).ended).toMatchObject({ code: 0 });
  expect(newest('group/app')?.id).toBe(first);
});

test.for(['failing', 'manual'])(
  'the stage ends with 22 when the pipeline of group/%s does not succeed',
  async (name) => {
    const script = waiting.replace('group/app', `group/${name}`).replace(',"onManual":"play"', '');
    expect(await start(script, 2 + name.length).ended).toMatchObject({ code: 22 });
  },
);

test('an aborted stage cancels its pipeline', async () => {
  const [slow, slowAborted] = [waiting, aborted].map((script) =>
    script.replace('group/app', 'group/slow'),
  ) as [string, string];
  const step = start(slow, 4);
  await eventually(() => expect(newest('group/slow')?.status).toBe('running'));
  step.abort();
  await step.ended;
  const finished = await start(slowAborted, 4).ended;
  expect(finished, finished.stderr).toMatchObject({ code: 0 });
  await eventually(() => expect(newest('group/slow')?.status).toBe('canceled'));
});
