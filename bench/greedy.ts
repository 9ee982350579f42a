import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSimulator } from '../simulator/simulator.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Holds } from '../test/support/in-process-hooks.ts';
import { residentBytes } from '../test/support/resident-bytes.ts';
import type { ServiceProcess } from './start-service.ts';
import { adminToken, startService } from './start-service.ts';

const tries = 3;
const audience = 'bench';
const readers = 4;
const logBytes = 60 * 2 ** 20;

export interface GreedyFigures {
  readonly attack: string;
  readonly statuses: readonly number[];
  /** The longest answer. */
  readonly answerBytes: number;
  readonly answerMs: number;
  readonly holds: Holds;
  /** While it lasted. */
  readonly residentBytes: number;
}

const plain = { project: 'group/app', ref: 'main' };
const numbered = (count: number, name: string, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, value]));

/** Requests that hold as much as a body may. */
const bodies: Readonly<Record<string, object>> = {
  '70,000 variables': { ...plain, variables: numbered(70_000, 'V', '') },
  '95,000 jobs': {
    ...plain,
    onManual: 'play',
    jobs: Array.from({ length: 95_000 }, (_, at) => String(at)),
  },
  '150,000 empty jobs': { ...plain, jobs: Array.from({ length: 150_000 }, () => '') },
  'a million slashes': { ...plain, gitlabUrl: `http://gitlab.example.com/${'/'.repeat(900_000)}x` },
  '100 variables of 9,000 characters': { ...plain, variables: numbered(100, 'V', 'v-a'.repeat(3_000)) },
  '500 variables': { ...plain, variables: numbered(500, 'V', 'v'.repeat(1_000)) },
};

/** How long one caller can hold everybody up, and how much memory one can take. */
export async function measureGreedy(): Promise<readonly GreedyFigures[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pipeline-trigger-bench-'));
  const policy = path.join(directory, 'policy.yml');
  await writeFile(
    policy,
    `rules:
  - from: {project_path: group/app}
    to: {project: group/app, ref: main, variables: {'V*': ['*-*b', '**-**c', 'v*']}}
`,
  );
  const line = `${'log '.repeat(30)}\n`;
  const project = { ci: { build: { script: 'make' } }, autoRun: true };
  const simulator = await startSimulator({
    users: [{ username: 'root', token: 'glpat-simulator', admin: true }],
    defaultJob: { queueMs: 0, durationMs: 5 },
    projects: [
      { ...project, id: 1, path: 'group/app' },
      { ...project, id: 2, path: 'group/unknown' },
      {
        ...project,
        id: 3,
        path: 'group/long',
        jobs: { build: { result: 'success', trace: line.repeat(Math.ceil(logBytes / line.length)) } },
      },
    ],
  });
  const env = { OIDC_AUDIENCE: audience, POLICY_FILE: policy, SWEEP_SECONDS: '1' };
  const service = await startService(simulator.url, { inside: true, env });
  try {
    const tokens = {
      'the operator': adminToken,
      'a job that a rule is about': await idToken(simulator, 1),
      'a job that no rule is about': await idToken(simulator, 2),
    };
    const figures: GreedyFigures[] = [];
    for (const [what, body] of Object.entries(bodies))
      for (const [who, token] of Object.entries(tokens))
        figures.push(
          await measure(service, `${what} by ${who}`, () => post(service.url, token, JSON.stringify(body))),
        );
    figures.push(await measureLogs(service));
    return figures;
  } finally {
    await service.stop();
    await simulator.close();
    await rm(directory, { recursive: true });
  }
}

async function idToken(simulator: Simulator, projectId: number): Promise<string> {
  const answer = await fetch(`${simulator.url}/api/v4/projects/${projectId}/pipeline?ref=main`, {
    method: 'POST',
    headers: { 'private-token': 'glpat-simulator' },
  });
  const { id } = (await answer.json()) as { id: number };
  return simulator.idToken(id, 'build', { aud: audience });
}

interface Answered {
  readonly status: number;
  readonly bytes: number;
}

async function measure(
  service: ServiceProcess,
  attack: string,
  ask: () => Promise<Answered>,
  concurrency = 1,
): Promise<GreedyFigures> {
  await ask();
  await service.ask({ holds: true });
  const answers: Answered[] = [];
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, residentBytes(service.pid))), 20);
  const begunAt = performance.now();
  for (let count = 0; count < tries; count += concurrency)
    answers.push(...(await Promise.all(Array.from({ length: concurrency }, ask))));
  const answerMs = ((performance.now() - begunAt) * concurrency) / answers.length;
  clearInterval(watch);
  return {
    attack,
    statuses: [...new Set(answers.map(({ status }) => status))],
    answerBytes: Math.max(...answers.map(({ bytes }) => bytes)),
    answerMs,
    holds: (await service.ask({ holds: true })) as Holds,
    residentBytes: Math.max(most, residentBytes(service.pid)),
  };
}

async function post(url: string, token: string, body: string): Promise<Answered> {
  const response = await fetch(`${url}/v1/triggers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, bytes: Buffer.byteLength(await response.text()) };
}

async function measureLogs(service: ServiceProcess): Promise<GreedyFigures> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const body = JSON.stringify({ project: 'group/long', ref: 'main' });
  const created = await fetch(`${service.url}/v1/triggers?wait=20`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  const { id } = (await created.json()) as { id: string };
  return measure(
    service,
    `${readers} readers of a log of ${logBytes / 2 ** 20} MB`,
    async () => {
      const request = get(`${service.url}/v1/triggers/${id}/log`, { headers });
      const [response] = (await once(request, 'response')) as [
        NodeJS.ReadableStream & { statusCode: number },
      ];
      let bytes = 0;
      for await (const piece of response) bytes += piece.length;
      return { status: response.statusCode, bytes };
    },
    readers,
  );
}
