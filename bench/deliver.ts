import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:http';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { hookSecret } from './start-service.ts';

const usualBody: Buffer = readFileSync('test/fixtures/hooks/gitlab_docs_19_pipeline_hook.json');

export interface Answer {
  readonly status: number;
  readonly ms: number;
}

/** Sends a hook as GitLab does, each time another one. */
export const deliver = (
  url: string,
  agent: Agent,
  secret = hookSecret,
  body: Buffer = usualBody,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const since = performance.now();
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-gitlab-event': 'Pipeline Hook',
      'x-gitlab-token': secret,
      'webhook-id': randomUUID(),
    };
    const sent = request(`${url}/webhooks/gitlab`, { method: 'POST', agent, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      response.resume().on('end', () => resolve({ status, ms: performance.now() - since }));
    });
    sent.on('error', reject).end(body);
  });

/** @throws Error when the hook is answered anything else */
export async function deliverTaken(url: string, agent: Agent): Promise<number> {
  const { status, ms } = await deliver(url, agent);
  if (status !== 202) throw new Error(`a hook was answered ${status}`);
  return ms;
}

/** Does something at a steady pace, whatever becomes of what it did before: an open loop. */
export async function atPace<T>(perSecond: number, seconds: number, act: () => Promise<T>): Promise<T[]> {
  const results: Promise<T>[] = [];
  const since = performance.now();
  for (let count = 0; count < perSecond * seconds; count += 1) {
    const dueMs = since + (count * 1000) / perSecond - performance.now();
    // A timer is late by a millisecond or so: those that are due by then go together.
    if (dueMs > 0) await sleep(dueMs);
    results.push(act());
  }
  return Promise.all(results);
}
