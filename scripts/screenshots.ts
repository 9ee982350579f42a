/**
 * `npm run screenshots`: runs the service beside a simulated GitLab, and writes the pictures of the dashboard that
 * the README shows, one in each theme. Needs Chromium in the PATH, or in CHROMIUM_PATH.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { configBeside } from '../src/demo/run-demo.ts';
import { serve } from '../src/composition/serve.ts';
import type { ScenarioInput } from '../simulator/scenario.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { launchChromium } from '../test/support/chromium.ts';

const secrets = { admin: 'screenshots-admin', hook: 'screenshots-hook' };
const hourMs = 3_600_000;

const stages = ['build', 'test', 'deploy'];
const make = (stage: string, more: object = {}) => ({ stage, script: 'make', ...more });
const byHand = { when: 'manual', allow_failure: false };
const shop = {
  stages,
  build: make('build'),
  unit: make('test'),
  'e2e: [chromium]': make('test'),
  lint: make('test'),
  'deploy to staging': make('deploy'),
  'deploy to production': make('deploy', byHand),
  rollback: make('deploy', { when: 'manual' }),
};

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: 'glpat-simulator', admin: true }],
  defaultJob: { queueMs: 0, durationMs: 100 },
  projects: [
    { path: 'shop/storefront', ci: shop, jobs: { 'e2e: [chromium]': { durationMs: hourMs } } },
    { path: 'shop/checkout', ci: shop },
    { path: 'shop/api', ci: shop, jobs: { unit: { result: 'failed' as const } } },
    { path: 'platform/images', ci: { build: make('test') } },
    { path: 'platform/terraform', ci: { plan: make('test'), apply: make('deploy', byHand) }, autoRun: false },
  ].map((project, index) => ({ ...project, id: index + 1 })),
};

const requests = [
  { project: 'platform/images' },
  { project: 'shop/api' },
  { project: 'platform/terraform', deadlineSeconds: 3_000 },
  { project: 'shop/checkout', ref: 'main', onManual: 'fail' },
  { project: 'shop/storefront', ref: 'main', onManual: 'play' },
];

const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-screenshots-'));
const gitlab = await startSimulator(scenario);
const config = configBeside(gitlab, `file:${path.join(directory, 'test.db')}`, secrets);
const running = await serve(config, pino({ level: 'silent' }));
const { url } = running;
for (const { id } of gitlab.scenario.projects)
  gitlab.addHook(id, {
    url: `${url}/webhooks/gitlab`,
    token: secrets.hook,
    pipeline_events: true,
    job_events: true,
  });

const authorization = `Bearer ${secrets.admin}`;
async function start(request: object): Promise<string> {
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ ref: 'main', ...request });
  const answer = await fetch(`${url}/v1/triggers`, { method: 'POST', headers, body });
  return ((await answer.json()) as { id: string }).id;
}

const ids: string[] = [];
for (const request of requests) {
  ids.push(await start(request));
  await sleep(1500);
}
const [, , , held = '', playing = ''] = ids;
const waiting = new AbortController();
for (let count = 0; count < 2; count += 1)
  void fetch(`${url}/v1/triggers/${playing}/wait?wait=55`, {
    headers: { authorization },
    signal: waiting.signal,
  }).catch(() => undefined);

const browser = await launchChromium();
for (const [name, colorScheme, at] of [
  ['triggers', 'light', '/?state=all'],
  ['trigger', 'dark', `/triggers/${held}`],
] as const) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 760 } });
  const page = await context.newPage();
  await page.goto(`${url}${at}`);
  await page.getByLabel('API key').fill(secrets.admin);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.screenshot({ path: `docs/dashboard-${name}.png` });
  await context.close();
}
await browser.close();
waiting.abort();
await running.stop();
await gitlab.close();
await rm(directory, { recursive: true });
