import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScenarioInput } from '../src/simulator/scenario.ts';
import type { Simulator } from '../src/simulator/simulator.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import type { Holds } from '../test/support/inside.ts';
import { inParallel, percentile } from './figures.ts';
import type { ServiceProcess } from './start-service.ts';
import { adminToken, hookSecret, startService } from './start-service.ts';

const waiters = 10_000;
const rounds = 3;
const project = 'bench/held';

const scenario: ScenarioInput = {
  users: [{ username: 'root', token: 'glpat-simulator', admin: true }],
  projects: [{ id: 1, path: project, ci: { unit: { script: 'true' } }, autoRun: false }],
};

export interface WaiterFigures {
  readonly outcome: 'success' | 'failed';
  /** From the end of the pipeline to the first and to the last answer in the callers' hands, each round. */
  readonly firstMs: readonly number[];
  readonly lastMs: readonly number[];
  /** What held the event loop up at most while they were woken, each round. */
  readonly holds: readonly Holds[];
}

/** What the service weighs, in MiB: with nobody, while all are held, and at most over all rounds. */
export interface WaiterMemory {
  readonly idle: number;
  readonly held: number;
  readonly peak: number;
}

interface Hall {
  readonly gitlab: Simulator;
  readonly service: ServiceProcess;
  readonly sockets: readonly Socket[];
}

/** Ten thousand callers on connections that are kept alive wait for one trigger, and are woken. */
export const measureWaiters = (): Promise<readonly WaiterFigures[]> =>
  inHall({ inside: true }, async (hall) => {
    const green = await measure(hall, 'success');
    return [green, await measure(hall, 'failed')];
  });

/** The same, for its memory: of the service as it is installed, with nothing of ours inside. */
export async function measureWaiterMemory(): Promise<WaiterMemory> {
  let [idle, most] = [0, 0];
  return inHall(
    { built: true },
    async (hall) => {
      const { pid } = hall.service;
      for (let round = 0; round < rounds; round += 1)
        await wake(hall, 'success', () => {
          most = Math.max(most, residentMiB(pid, 'VmRSS'));
        });
      return { idle, held: most, peak: residentMiB(pid, 'VmHWM') };
    },
    ({ pid }) => {
      idle = residentMiB(pid, 'VmRSS');
    },
  );
}

/** Source: proc_pid_status(5) */
function residentMiB(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] =
    new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

async function inHall<T>(
  how: Parameters<typeof startService>[1],
  work: (hall: Hall) => Promise<T>,
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
    return socket.setEncoding('latin1');
  });
  try {
    return await work({ gitlab, service, sockets });
  } finally {
    for (const socket of sockets) socket.destroy();
    await service.stop();
    await gitlab.close();
  }
}

async function measure(hall: Hall, outcome: WaiterFigures['outcome']): Promise<WaiterFigures> {
  const times: Awaited<ReturnType<typeof wake>>[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await wake(hall, outcome));
  return {
    outcome,
    firstMs: times.map(({ first }) => first),
    lastMs: times.map(({ last }) => last),
    holds: times.flatMap(({ holds }) => holds ?? []),
  };
}

async function wake(
  { gitlab, service: { url, ask }, sockets }: Hall,
  outcome: WaiterFigures['outcome'],
  /** Instead of asking what holds the service up. */
  look: (() => void) | null = null,
) {
  const { id } = await call(url, 'POST', '/v1/triggers', { project, ref: 'main' });
  const answers = await inParallel(sockets.length, 200, (index) => hold(sockets[index], id));
  const isHeld = ({ waiters, pipelineId }: TriggerView) => waiters === sockets.length && pipelineId !== null;
  const pipelineId = (await until(url, id, isHeld)).pipelineId ?? 0;
  gitlab.apply(pipelineId, 'run', ['unit']);
  if (look === null) await ask({ holds: true });
  else look();
  const since = performance.now();
  gitlab.apply(pipelineId, outcome === 'success' ? 'success' : 'drop', ['unit']);
  const delays = await Promise.all(answers.map(async ({ answered }) => (await answered) - since));
  const holds = look === null ? ((await ask({ holds: true })) as Holds) : null;
  await until(url, id, (trigger) => trigger.waiters === 0);
  return { first: percentile(delays, 0), last: percentile(delays, 1), holds };
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
