import { brotliCompressSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readFixture } from '../support/hook-fixtures.ts';
import { isLong } from '../support/long.ts';
import { exchange, open, requestBytes } from '../support/raw-exchange.ts';
import { residentBytes } from '../support/resident-bytes.ts';
import { install } from '../support/service-process.ts';
import { adminToken, webhookSecret } from '../support/start-service.ts';

const mebibyte = 2 ** 20;
const size = 4 * mebibyte;

const filled = (piece: string): string => piece.repeat(size / piece.length);
const hook = readFixture('gitlab_docs_19_pipeline_hook');
const inHook = (odd: string): string => `{"odd":${odd},${hook.trimStart().slice(1)}`;

/** A gigabyte of spaces: as gzip allows, one member after the other. */
const bomb = Buffer.concat(new Array<Buffer>(128).fill(gzipSync(Buffer.alloc(8 * mebibyte, 32))));

interface Hostile {
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
}

const hostile: readonly Hostile[] = [
  { body: bomb, headers: { 'content-encoding': 'gzip' }, status: 415 },
  { body: brotliCompressSync(hook), headers: { 'content-encoding': 'br' }, status: 415 },
  { body: bomb, status: 400 },
  { body: inHook(filled('[')), status: 400 },
  { body: inHook(`${'['.repeat(size / 2)}${']'.repeat(size / 2)}`), status: 202 },
  { body: inHook(`[${filled('{},')}0]`), status: 202 },
  { body: inHook(JSON.stringify(filled('\u00e9'))), status: 413 },
  { body: inHook(JSON.stringify(filled('x'))), status: 202 },
  { body: inHook(filled('9')), status: 202 },
];

const rounds = isLong ? 60 : 2;
/** What a service may hold while it reads and forgets such bodies, several at a time. */
const mostBytes = 1_024 * mebibyte;
/** What it may hold in the second half of many rounds more than in the first. */
const mostGrowth = 150 * mebibyte;

let count = 0;
const requestFor = ({ body, headers = {} }: Hostile) => ({
  path: '/webhooks/gitlab',
  body,
  headers: {
    'content-type': 'application/json',
    'x-gitlab-event': 'Pipeline Hook',
    'x-gitlab-token': webhookSecret,
    'idempotency-key': `hostile ${(count += 1)}`,
    ...headers,
  },
});

test(
  'hostile bodies cost a bounded amount of memory, and leave a service that works',
  { timeout: 600_000 },
  async () => {
    const { url, service, log, trigger, finished } = await install();
    const held: number[] = [];

    async function round(): Promise<void> {
      const answers = await Promise.all(hostile.map((each) => exchange(url, requestFor(each), 60_000)));
      held.push(residentBytes(service.pid));
      expect(answers.map(({ status }) => status)).toEqual(hostile.map(({ status }) => status));
      const halves = await Promise.all(hostile.map(() => open(url)));
      for (const [index, socket] of halves.entries()) {
        const bytes = requestBytes(requestFor(hostile[index] as Hostile));
        socket.on('error', () => undefined);
        socket.write(bytes.subarray(0, bytes.length / 2), () => socket.resetAndDestroy());
      }
      const wait = {
        path: '/v1/triggers',
        method: 'GET',
        headers: { authorization: `Bearer ${adminToken}` },
      };
      expect((await exchange(url, wait)).status).toBe(200);
      held.push(residentBytes(service.pid));
    }

    for (let number = 0; number < rounds; number += 1) await round();
    expect(Math.max(...held)).toBeLessThan(mostBytes);
    // The first rounds are the heap's way to its size; in the long form there are enough after them.
    const [first, last] = [held.slice(0, held.length / 2), held.slice(held.length / 2)];
    if (isLong) expect(Math.max(...last) - Math.max(...first)).toBeLessThan(mostGrowth);

    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    // 50 is an error: something that nobody has foreseen.
    expect(log()).not.toMatch(/"level":(50|60)|Unhandled|Uncaught/i);
  },
);
