import { Agent } from 'node:http';
import { atPace, deliverTaken } from './deliver.ts';
import { percentile } from './figures.ts';
import { holdAll, heldRequests, untilAllLeft } from './held-requests.ts';

/** GitLab.com sends a group of its largest tier 13,000 hooks a minute; a thousand a second is what nobody sends. */
const paces = [217, 1_000] as const;
const seconds = 10;

export interface PaceFigures {
  readonly perSecond: number;
  /** Until a hook was answered 202, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** How long hooks take that come at a steady pace, while ten thousand callers wait. Each must be taken. */
export const measurePace = (): Promise<readonly PaceFigures[]> =>
  heldRequests({}, async (held) => {
    const { url } = held.service;
    const { id, pipelineId, answers } = await holdAll(held);
    const agent = new Agent({ keepAlive: true });
    const figures: PaceFigures[] = [];
    for (const perSecond of paces) {
      const delays = await atPace(perSecond, seconds, () => deliverTaken(url, agent));
      figures.push({ perSecond, p50: percentile(delays, 0.5), p99: percentile(delays, 0.99) });
    }
    agent.destroy();
    held.gitlab.apply(pipelineId, 'success', ['unit']);
    await Promise.all(answers);
    await untilAllLeft(held, id);
    return figures;
  });
