import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver } from './deliver.ts';
import { heldRequests, holdAll, untilAllLeft } from './held-requests.ts';
import { inParallel } from './figures.ts';
import { startPeer } from './peers.ts';
import type { Row } from './table.ts';
import { compared } from './table.ts';
import { Agent } from 'node:http';

const rounds = 3;
const waiters = 10_000;

/** In MiB, the most of all rounds. Source: proc_pid_status(5) */
const residentMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** What ten thousand callers weigh who wait for one trigger, in the service as it is installed and in a bare server. */
export async function measureMemory(): Promise<readonly Row[]> {
  const bare = await weighBare();
  const ours = await weighOurs();
  const what = 'memory while 10,000 callers wait';
  return [
    compared(what, ours, {
      unit: ' MiB',
      limit: 'ratio 1.8',
      peer: { name: 'node:http that holds as many', value: bare },
    }),
  ];
}

const weighOurs = (): Promise<number> =>
  heldRequests({ built: true }, async (held) => {
    let most = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { id, pipelineId, answers } = await holdAll(held);
      most = Math.max(most, residentMiB(held.service.pid));
      held.gitlab.apply(pipelineId, 'success', ['unit']);
      await Promise.all(answers);
      await untilAllLeft(held, id);
    }
    return most;
  });

async function weighBare(): Promise<number> {
  const peer = await startPeer('holder');
  const { hostname, port } = new URL(peer.url);
  const sockets = await inParallel(waiters, 100, async () => {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return socket;
  });
  const agent = new Agent();
  let most = 0;
  for (let round = 0; round < rounds; round += 1) {
    const answers = sockets.map((socket) => {
      socket.write(
        'GET /v1/triggers/trg_1/wait?wait=55 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer x\r\n\r\n',
      );
      return once(socket, 'data');
    });
    // It says nothing of those whom it holds.
    await sleep(2_000);
    most = Math.max(most, residentMiB(peer.pid));
    await deliver(peer.url, agent);
    await Promise.all(answers);
  }
  for (const socket of sockets) socket.destroy();
  await peer.stop();
  return most;
}
