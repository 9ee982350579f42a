import type { Store } from '../src/store/open-store.ts';
import { openStore } from '../src/store/open-store.ts';
import { parsePayload } from '../src/gitlab/webhooks/parse-payload.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { aTrigger } from '../test/fakes/triggers.ts';
import { chromiumPath, launchChromium } from '../test/support/chromium.ts';
import { inParallel, percentile } from './figures.ts';
import { adminToken, startService } from './start-service.ts';

export interface PageFigures {
  readonly pending: number;
  /** Of the first page, asked for one after the other. */
  readonly p50: number;
  readonly p99: number;
  /** The longest that an open page was busy while 400 of its triggers came to their end; null where there is no Chromium. */
  readonly busiestMs: number | null;
}

const reads = 200;
const authorization = `Bearer ${adminToken}`;

/** The list of triggers, with few that are pending and with a thousand. */
export async function measurePages(): Promise<readonly PageFigures[]> {
  return [await measure(10), await measure(1_000)];
}

const idOf = (place: number): string => `trg_bench${place}`;

async function fill(store: Store, pending: number): Promise<void> {
  const secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };
  for (let place = 0; place < pending; place += 1) {
    const trigger = aTrigger({ project: 'bench/app' }, { id: idOf(place), at: Date.now() - place });
    await store.triggers.create(trigger, secrets, null);
  }
}

async function measure(pending: number): Promise<PageFigures> {
  const gitlab = await startSimulator({ users: [], projects: [{ id: 1, path: 'bench/app' }] });
  const service = await startService(gitlab.url);
  const url = `file:${service.databaseFile}`;
  const store = await openStore({ url, encryptionKeys: [Buffer.alloc(32)], parsePayload });
  await fill(store, pending);
  await store.close();
  const times: number[] = [];
  for (let count = 0; count < reads; count += 1) {
    const since = performance.now();
    await (await fetch(service.url, { headers: { authorization } })).text();
    times.push(performance.now() - since);
  }
  const busiestMs = chromiumPath === null ? null : await busiest(service.url, Math.min(pending, 400));
  await service.stop();
  await gitlab.close();
  return { pending, p50: percentile(times, 0.5), p99: percentile(times, 0.99), busiestMs };
}

/** The longest task on the page; the browser reports tasks of fifty milliseconds and more. */
async function busiest(url: string, ends: number): Promise<number> {
  const browser = await launchChromium();
  const page = await browser.newPage({ extraHTTPHeaders: { authorization } });
  await page.goto(url);
  await page.getByText('Live', { exact: true }).waitFor();
  await page.evaluate(
    `(window.busy = 0), new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.busy = Math.max(window.busy, duration);
    }).observe({ type: 'longtask' })`,
  );
  const body = JSON.stringify({ outcome: 'success', reason: 'bench' });
  const headers = { authorization, 'content-type': 'application/json' };
  await inParallel(ends, 32, async (place) => {
    await (
      await fetch(`${url}/v1/triggers/${idOf(place)}/resolve`, { method: 'POST', headers, body })
    ).text();
  });
  // An event updated the row, or the row is gone because the page read the list again.
  await page
    .locator(`#row-${idOf(0)}`)
    .getByText('starting')
    .waitFor({ state: 'detached' });
  const busy: number = await page.evaluate('window.busy');
  await browser.close();
  return busy;
}
