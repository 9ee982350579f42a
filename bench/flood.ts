import { Agent } from 'node:http';
import { atPace, deliver } from './deliver.ts';
import { percentile } from './figures.ts';
import { startService } from './start-service.ts';

const hooksPerSecond = 1_000;
const guessesPerSecond = 200;
const seconds = 5;
/** Of each; what finds none free waits for one. More connections in one moment than the kernel queues is its limit, not ours. */
const connections = 128;

export interface FloodFigures {
  /** How many of GitLab's hooks, and of the requests with a wrong secret, had each status. */
  readonly hooks: Readonly<Record<string, number>>;
  readonly guesses: Readonly<Record<string, number>>;
  /** Until a hook of GitLab was answered, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** A thousand hooks a second of one address, whatever becomes of those before, while somebody at that address guesses. */
export async function measureFlood(): Promise<FloodFigures> {
  const service = await startService('http://127.0.0.1:1');
  const gitlab = new Agent({ keepAlive: true, maxSockets: connections });
  const guesser = new Agent({ keepAlive: true, maxSockets: connections });
  try {
    const [hooks, guesses] = await Promise.all([
      atPace(hooksPerSecond, seconds, () => deliver(service.url, gitlab)),
      atPace(guessesPerSecond, seconds, () => guess(service.url, guesser)),
    ]);
    const times = hooks.map(({ ms }) => ms);
    return {
      hooks: byStatus(hooks),
      guesses: byStatus(guesses),
      p50: percentile(times, 0.5),
      p99: percentile(times, 0.99),
    };
  } finally {
    gitlab.destroy();
    guesser.destroy();
    await service.stop();
  }
}

/** Who is refused before all of the request was read may find the connection closed instead of an answer. */
const guess = (url: string, agent: Agent) =>
  deliver(url, agent, 'a guess').catch(() => ({ status: 'cut off' as const }));

function byStatus(answers: readonly { readonly status: number | 'cut off' }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
