/**
 * `node scripts/record-histories.ts`: runs each script of test/support/histories/scripts.ts in the GitLab simulator,
 * and writes down what its webhooks and its API said, under test/fixtures/histories.
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/platform/clock.ts';
import type { PipelineReading } from '../src/domain/trigger/event.ts';
import type { JobId } from '../src/domain/ids.ts';
import { triggerIdVariable } from '../src/domain/ids.ts';
import { createGitLabConnector } from '../src/gitlab/rest/client.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { History, Hook, Moment, Opening } from '../test/support/histories/history.ts';
import {
  historyFile,
  historyToText,
  recordedTriggerId,
  recordedUrl,
} from '../test/support/histories/history.ts';
import type { Script, Step } from '../test/support/histories/scripts.ts';
import { scripts } from '../test/support/histories/scripts.ts';

const gitlabVersion = '19.1.0-ee';
const project = 'group/app';
const token = 'glpat-root';

/** Long enough for a hook to come, if there is one. */
const quietMs = 100;

/** Every step takes three seconds of GitLab's time. */
let now = Date.UTC(2026, 0, 1);

const receiver = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(200).end();
  });
});
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

function startGitLab({ ci, includes = {} }: Script): Promise<Simulator> {
  const hooks = [{ url: receiverUrl, pipeline_events: true, job_events: true }];
  return startSimulator(
    {
      users: [{ username: 'root', token, admin: true }],
      projects: [{ id: 1, path: project, ci, includes, hooks, autoRun: false }],
    },
    { gitlabVersion, now: () => now },
  );
}

/** The hooks that have come since the last call; those of one moment in an order of their own. */
async function newHooks(simulator: Simulator): Promise<readonly Hook[]> {
  for (let seen = -1; seen !== simulator.deliveries.length;) {
    seen = simulator.deliveries.length;
    await sleep(quietMs);
  }
  return simulator.deliveries
    .splice(0)
    .map(({ event, body }) => ({ event, text: body.replaceAll(simulator.url, recordedUrl) }))
    .toSorted((one, other) => `${one.event} ${one.text}`.localeCompare(`${other.event} ${other.text}`))
    .map(({ event, text }) => ({ event, body: JSON.parse(text) as unknown }));
}

async function record(script: Script): Promise<History> {
  const simulator = await startGitLab(script);
  const connect = createGitLabConnector({ clock: systemClock });
  const gitlab = connect({ url: simulator.url, apiToken: token, triggerToken: null });
  const { pipeline } = await gitlab.createPipeline({
    project,
    ref: 'main',
    variables: { [triggerIdVariable]: recordedTriggerId },
    inputs: {},
  });
  const moments: Moment[] = [];

  async function note(opening: Opening | null): Promise<void> {
    const hooks = await newHooks(simulator);
    const reading = await gitlab.readPipeline(project, pipeline.id, { traces: false });
    const text = JSON.stringify(reading).replaceAll(simulator.url, recordedUrl);
    moments.push({ opening, reading: JSON.parse(text) as PipelineReading, hooks });
    now += 3_000;
  }

  const idOf = (name: string): number =>
    simulator.pipeline(pipeline.id).jobs.findLast((job) => job.name === name)?.id ?? 0;

  async function take(step: Step): Promise<Opening | null> {
    if ('event' in step) {
      const isPlay = step.event === 'play';
      const played = isPlay ? idOf(step.jobs[0] ?? '') : null;
      const target = step.child === true ? (simulator.pipelines(project).at(-1)?.id ?? 0) : pipeline.id;
      simulator.apply(target, step.event, step.jobs);
      return isPlay || step.event === 'retry' ? { who: 'person', played } : null;
    }
    if (step.we === 'retry') {
      await gitlab.retryPipeline(project, pipeline.id);
      return { who: 'we', played: null };
    }
    const played = idOf(step.job);
    await gitlab.playJob(project, played as JobId);
    return { who: 'we', played };
  }

  await note(null);
  for (const step of script.steps) await note(await take(step));
  await simulator.close();
  const request = { project, retry: false, onManual: 'fail', jobs: null, ...script.request } as const;
  const source = `the GitLab simulator as ${gitlabVersion}, by scripts/record-histories.ts`;
  return { name: script.name, source, request, moments };
}

for (const script of scripts) {
  const history = await record(script);
  await writeFile(historyFile(script.name), historyToText(history));
}
receiver.close();
receiver.closeAllConnections();
