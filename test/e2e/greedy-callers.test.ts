import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { audience, policyFile, startJob } from '../support/id-tokens.ts';
import { residentBytes } from '../support/resident-bytes.ts';
import { apiToken, scenario } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';

const megabyte = 2 ** 20;

/** A job that printed so much, no two lines alike. */
function longTrace(bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes;) {
    const line = `${lines.length} ${'log '.repeat(30)}ü`;
    lines.push(line);
    length += Buffer.byteLength(line) + 1;
  }
  return `${lines.join('\n')}\nthe end`;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads an answer piece by piece, and keeps none of it. */
async function digestOfAnswer(url: string): Promise<{ status: number; digest: string; bytes: number }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${adminToken}` } });
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    hash.update(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
  }
  return { status: response.status, digest: hash.digest('hex'), bytes };
}

describe('four readers of a log of 60 MB', { timeout: 300_000 }, () => {
  test('have all of it, and the service keeps none of it in memory', async ({ onTestFinished }) => {
    const trace = longTrace(60 * megabyte);
    const long = {
      ...scenario,
      projects: scenario.projects.map((project) =>
        project.path === 'group/green'
          ? { ...project, jobs: { build: { result: 'success' as const, trace } } }
          : project,
      ),
    };
    const { url, trigger, finished, service } = await install({ scenario: long }, onTestFinished);
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    await finished(id);
    const wanted = await digestOfAnswer(`${url}/v1/triggers/${id}/log`);
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, residentBytes(service.pid))), 20);
    onTestFinished(() => clearInterval(watching));
    const answers = await Promise.all([1, 2, 3, 4].map(() => digestOfAnswer(`${url}/v1/triggers/${id}/log`)));
    for (const answer of answers) expect(answer).toEqual(wanted);
    expect(wanted.status).toBe(200);
    expect(wanted.bytes).toBeGreaterThan(60 * megabyte);
    const jobs = [`== build (build, success)\n${trace}\n\n`].join('');
    const whole = await (
      await fetch(`${url}/v1/triggers/${id}/log`, { headers: { authorization: `Bearer ${adminToken}` } })
    ).text();
    expect(digestOf(whole.slice(0, jobs.length))).toBe(digestOf(jobs));
    expect(digestOf(whole)).toBe(wanted.digest);
    expect(most).toBeLessThan(450 * megabyte);
  });
});

describe('a request that holds more than any may', { timeout: 300_000 }, () => {
  test('is refused in few words, in the answer and in the log', async ({ onTestFinished }) => {
    const policy = policyFile(`
rules:
  - from: {project_path: group/green}
    to: {project: group/app, ref: main, variables: ['V*']}
`);
    onTestFinished(policy.remove);
    const { call, log, simulator } = await install(
      { env: { OIDC_AUDIENCE: audience, POLICY_FILE: policy.file, GITLAB_TOKEN: apiToken } },
      onTestFinished,
    );
    const numbered = (count: number, name: string, value: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, value]));
    const [named, unnamed] = [
      await startJob(simulator, 'group/green'),
      await startJob(simulator, 'group/failing'),
    ];
    const tokens = [adminToken, await named.token(), await unnamed.token()];
    const plain = { project: 'group/app', ref: 'main' };
    const bodies: Readonly<Record<string, object>> = {
      'seventy thousand variables': { ...plain, variables: numbered(70_000, 'V', '') },
      'ninety-five thousand jobs': {
        ...plain,
        onManual: 'play',
        jobs: Array.from({ length: 95_000 }, (_, at) => String(at)),
      },
      'empty jobs': { ...plain, onManual: 'play', jobs: Array.from({ length: 150_000 }, () => '') },
      'unknown members': { ...plain, ...numbered(40_000, 'unknown', '') },
      'many inputs': { ...plain, inputs: numbered(60_000, 'I', '') },
      'many small objects': {
        ...plain,
        inputs: { list: Array.from({ length: 999 }, () => Array<number>(99).fill(0)) },
      },
      'long names': { ...plain, ...numbered(50, 'n'.repeat(9_000), '') },
      'variables that no rule names': {
        ...plain,
        variables: numbered(400, `X${'x'.repeat(200)}`, 'x'.repeat(900)),
      },
      'slashes without end': { ...plain, gitlabUrl: `http://gitlab.example.com/${'/'.repeat(900_000)}x` },
    };
    for (const [what, body] of Object.entries(bodies))
      for (const [at, token] of tokens.entries()) {
        const before = log().length;
        const answer = await call('POST', '/v1/triggers', { token, body });
        // The operator may bring variables that no rule names.
        const isAllowed = what === 'variables that no rule names' && at === 0;
        expect([what, at, isAllowed ? [202] : [400, 403, 422]]).toContainEqual(
          expect.arrayContaining([answer.status]),
        );
        expect(answer.text.length, what).toBeLessThanOrEqual(8 * 1024);
        // Its lines may come a moment after the answer.
        await eventually(async () => expect((await call('GET', '/healthz')).status).toBe(200));
        expect(log().length - before, what).toBeLessThanOrEqual(16 * 1024);
      }
  });
});
