import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScenarioInput } from '../simulator/scenario.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { inParallel } from './figures.ts';
import type { ServiceProcess } from './start-service.ts';
import { adminToken, hookSecret, startService } from './start-service.ts';

const waiters = 10_000;
const project = 'bench/held';

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: 'glpat-simulator', admin: true }],
  projects: [{ id: 1, path: project, ci: { unit: { script: 'true' } }, autoRun: false }],
};

/** A service with ten thousand callers on connections that are kept alive. */
export interface HeldRequests {
  readonly gitlab: Simulator;
  readonly service: ServiceProcess;
  readonly sockets: readonly Socket[];
}

/** A trigger that all callers of a held wait for. */
export interface HeldTrigger {
  readonly id: string;
  readonly pipelineId: number;
  /** When each was answered, by `performance.now`. */
  readonly answers: readonly Promise<number>[];
}

/** @param whenEmpty looks at the service before the callers come */
export async function heldRequests<T>(
  how: Parameters<typeof startService>[1],
  work: (held: HeldRequests) => Promise<T>,
  whenEmpty: (service: ServiceProcess) => void = () => undefined,
): Promise<T> {
  const gitlab = await startSimulator(scenario);
  const service = await startService(gitlab.url, how);
  whenEmpty(service);
  const url = `${service.url}/webhooks/gitlab`;
  gitlab.addHook(project, { url, token: hookSecret, pipeline_events: true, job_events: true });
  const { hostname, port } = new URL(service.url);
  const sockets = await inParallel(waiters, 100, async () => {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    // One who connects and says nothing is cut off before the last one is there.
    socket.setEncoding('latin1').write('GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n');
    await once(socket, 'data');
    return socket;
  });
  try {
    return await work({ gitlab, service, sockets });
  } finally {
    for (const socket of sockets) socket.destroy();
    await service.stop();
    await gitlab.close();
  }
}

/** Starts a trigger whose pipeline runs, and has all callers wait for it. */
export async function holdAll({ gitlab, service: { url }, sockets }: HeldRequests): Promise<HeldTrigger> {
  const { id } = await call(url, 'POST', '/v1/triggers', { project, ref: 'main' });
  const held = await inParallel(sockets.length, 200, (index) => hold(sockets[index], id));
  const isHeld = ({ waiters, pipelineId }: TriggerView) => waiters === sockets.length && pipelineId !== null;
  const pipelineId = (await until(url, id, isHeld)).pipelineId ?? 0;
  gitlab.apply(pipelineId, 'run', ['unit']);
  return { id, pipelineId, answers: held.map(({ answered }) => answered) };
}

/** Resolves when nobody is counted any more as one who waits. */
export async function untilAllLeft({ service: { url } }: HeldRequests, id: string): Promise<void> {
  await until(url, id, (trigger) => trigger.waiters === 0);
}

/** Has a caller wait. @returns when its answer has come */
async function hold(socket: Socket | undefined, id: string): Promise<{ answered: Promise<number> }> {
  if (socket === undefined) throw new Error('no connection');
  const answered = Promise.withResolvers<number>();
  let text = '';
  const read = (part: string): void => {
    text += part;
    if (!isWhole(text)) return;
    socket.off('data', read);
    if (/^HTTP\/1\.1 (?:200|424) /.test(text)) answered.resolve(performance.now());
    else answered.reject(new Error(`a waiter was answered ${text.slice(0, 40)}`));
  };
  socket.on('data', read);
  socket.write(
    `GET /v1/triggers/${id}/wait?wait=55 HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${adminToken}\r\n\r\n`,
  );
  await new Promise((resolve) => setImmediate(resolve));
  return { answered: answered.promise };
}

/** Whether an answer has come to its end: by its length, or in chunks. */
function isWhole(text: string): boolean {
  const headerEnd = text.indexOf('\r\n\r\n');
  if (headerEnd < 0) return false;
  const [, length] = /content-length: (\d+)/i.exec(text.slice(0, headerEnd)) ?? [];
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= headerEnd + 4 + Number(length);
}

interface TriggerView {
  readonly id: string;
  readonly pipelineId: number | null;
  readonly waiters: number;
}

async function call(url: string, method: string, path: string, body?: object): Promise<TriggerView> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return (await response.json()) as TriggerView;
}

async function until(url: string, id: string, isSo: (trigger: TriggerView) => boolean): Promise<TriggerView> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const trigger = await call(url, 'GET', `/v1/triggers/${id}`);
    if (isSo(trigger)) return trigger;
    await sleep(20);
  }
  throw new Error(`trigger ${id} does not become as expected`);
}
