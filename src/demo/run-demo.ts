import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/config.ts';
import { askForPipeline, followEvents, waitByRedirects } from './callers.ts';
import type { Narrate } from './narrator.ts';
import { createNarrator } from './narrator.ts';
import { serve } from '../composition/serve.ts';
import { demoScenario } from '../../simulator/scenarios.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { startSimulator } from '../../simulator/simulator.ts';

const project = 'group/app';
const apiToken = 'glpat-simulator';

/** Settings for a service on this machine, beside the simulator. */
export const configBeside = (
  gitlab: Simulator,
  databaseUrl: string,
  secrets: { admin: string; hook: string },
): Config =>
  readConfig({
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN: apiToken,
    WEBHOOK_SECRET: secrets.hook,
    // The simulated GitLab has one project and one sender.
    WEBHOOK_TRUST: 'all',
    ADMIN_TOKEN: secrets.admin,
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    PORT: '0',
  });

/** GitLab's side of the events, without the hooks of single jobs. */
const gitLabLine = (line: string): string | null =>
  line.includes('job_events') ? null : line.replace(/^hook \d+ /, 'hook ');

/**
 * The demo in one process: the service, a simulated GitLab, a pipeline with a manual job, two waiting callers.
 * @returns whether both callers were notified that the pipeline succeeded
 */
export async function demo(print: (text: string) => void): Promise<boolean> {
  const say = createNarrator(print);
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-demo-'));
  const gitlab = await startSimulator(demoScenario, {
    log: (line) => {
      const shown = gitLabLine(line);
      if (shown !== null) say('GitLab', shown);
    },
  });
  say('GitLab', `a simulated one listens at ${gitlab.url}; ${project} runs build, test, and deploy by hand`);
  const secrets = { admin: randomBytes(16).toString('hex'), hook: randomBytes(16).toString('hex') };
  const database = path.join(directory, 'demo.db');
  const running = await serve(configBeside(gitlab, `file:${database}`, secrets), pino({ level: 'silent' }));
  say('service', `listens at ${running.url} and keeps its triggers in ${database}`);
  try {
    const hook = {
      url: `${running.url}/webhooks/gitlab`,
      token: secrets.hook,
      pipeline_events: true,
      job_events: true,
    };
    gitlab.addHook(project, hook);
    return await narrate({ url: running.url, token: secrets.admin }, gitlab, say);
  } finally {
    await running.stop();
    await gitlab.close();
    await rm(directory, { recursive: true });
  }
}

async function narrate(
  target: { url: string; token: string },
  gitlab: Simulator,
  say: Narrate,
): Promise<boolean> {
  const trigger = await askForPipeline(target, { project, ref: 'main', onManual: 'play' }, say);
  const [status, result] = await Promise.all([
    waitByRedirects(target, trigger, say),
    followEvents(target, trigger, say),
  ]);
  const calls = gitlab.requests.map(({ method, path: called }) => `${method} ${called}`);
  say('', `GitLab sent ${gitlab.deliveries.length} hooks; the service called GitLab ${calls.length} times:`);
  for (const call of calls) say('', `  ${call}`);
  say(
    '',
    'nothing was polled: it created the pipeline, read the manual job and played it; webhooks reported the rest',
  );
  return status === 200 && result === 'result: success';
}
