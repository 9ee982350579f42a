import { Agent, request } from 'node:http';
import { deliver } from './deliver.ts';
import { percentile } from './figures.ts';
import { startPeer } from './peers.ts';

const rounds = 200;

/** Between a server that is sent a hook and a caller whose held request it answers then, with nothing in between. */
export async function measureRoundTrip(): Promise<{ readonly p50: number; readonly p99: number }> {
  const peer = await startPeer('holder');
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const released = new Promise<number>((resolve, reject) => {
      const held = request(`${peer.url}/wait`, { agent }, (response) => {
        response.resume().on('end', () => resolve(performance.now()));
      });
      held.on('error', reject).end();
    });
    // On another connection, and once the first request is there.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const since = performance.now();
    await deliver(peer.url, agent);
    times.push((await released) - since);
  }
  agent.destroy();
  await peer.stop();
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
