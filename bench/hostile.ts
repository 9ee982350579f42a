import { once } from 'node:events';
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { atPace, deliverTaken } from './deliver.ts';
import { inParallel, median, percentile } from './figures.ts';
import { adminToken, hookSecret, startService } from './start-service.ts';

const rounds = 3;
const roundSeconds = 5;
const hooksPerSecond = 100;
/** Those who connect and say no more than the beginning. */
const halfOpen = 5_000;
/** Those who send a byte of a header now and then, and those who read an answer so. */
const slow = 200;
const slowByteMs = 100;
/** Accepting or dropping this many connections concurrently takes time of its own. */
const inDoubtMs = 2_000;
/** Connections reset in the middle of a body. */
const resetsPerSecond = 50;

export interface HostileFigures {
  /** The 99th percentile of the answers to GitLab's hooks, in milliseconds: the median of the rounds. */
  readonly calmMs: number;
  readonly attackedMs: number;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** How long GitLab's hooks take while nobody disturbs, and while slow, silent and rude clients do, in turn. */
export async function measureHostile(): Promise<HostileFigures> {
  const service = await startService('http://127.0.0.1:1');
  const { hostname: host, port } = new URL(service.url);
  const address = { host, port: Number(port) };
  const [calm, attacked]: [number[], number[]] = [[], []];
  try {
    await round(service.url);
    for (let count = 0; count < rounds; count += 1) {
      calm.push(await round(service.url));
      const stop = await attack(address);
      attacked.push(await round(service.url));
      stop();
      await sleep(inDoubtMs);
    }
    return { calmMs: median(calm), attackedMs: median(attacked) };
  } finally {
    await service.stop();
  }
}

/** @returns the 99th percentile, in milliseconds */
async function round(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const delays = await atPace(hooksPerSecond, roundSeconds, () => deliverTaken(url, agent));
  agent.destroy();
  return percentile(delays, 0.99);
}

/** @returns ends it */
async function attack(address: Address): Promise<() => void> {
  const sockets = new Set<Socket>();
  const open = async (): Promise<Socket> => {
    const socket = connect(address.port, address.host);
    sockets.add(socket);
    // The service may cut them off at any time: that is what it is for.
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    await once(socket, 'connect');
    return socket;
  };
  await inParallel(halfOpen, 100, async () => void (await open()).write('POST /webhooks/gitlab HT'));
  const drips = await inParallel(slow, 50, async () => {
    const socket = await open();
    socket.write('GET /v1/triggers HTTP/1.1\r\nhost: bench\r\nx-slow: ');
    return socket;
  });
  const readers = await inParallel(slow, 50, async () => {
    const socket = await open();
    const asked = `GET /openapi.json HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${adminToken}\r\n\r\n`;
    socket.pause().write(asked);
    return socket;
  });
  const dripping = setInterval(() => {
    for (const socket of drips) socket.write('x');
    for (const socket of readers) socket.read(1);
  }, slowByteMs);
  const resetting = setInterval(() => {
    void open().then((socket) => {
      socket.write(`POST /webhooks/gitlab HTTP/1.1\r\nhost: bench\r\nx-gitlab-token: ${hookSecret}\r\n`);
      socket.write('content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"half":');
      setImmediate(() => socket.resetAndDestroy());
    });
  }, 1000 / resetsPerSecond);
  await sleep(inDoubtMs);
  return () => {
    clearInterval(dripping);
    clearInterval(resetting);
    for (const socket of sockets) socket.destroy();
  };
}
