import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGitLabConnector } from '../../../src/gitlab/rest/client.ts';
import type { JobId } from '../../../src/domain/ids.ts';
import { longestOutputs } from '../../../src/domain/trigger/outputs.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { zipOf } from '../../../simulator/world/zip.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { textOf } from '../../support/streams.ts';
import { startStubServer } from '../../support/start-stub-server.ts';
import { scenarioOf } from '../../simulator/start.ts';

const clock = createAcceleratedClock();
const here = new AbortController().signal;

async function* asText(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const piece of pieces) yield Buffer.from(piece).toString('latin1');
}
const text = (pieces: AsyncIterable<Uint8Array>): Promise<string> => textOf(asText(pieces));

/** A finished pipeline whose job `build` has left something. */
async function begin(
  jobs: NonNullable<Parameters<typeof scenarioOf>[0]>['jobs'],
  { gitlabVersion = '19.4.0-ee', artifactStorage = null as string | null } = {},
) {
  const simulator = await startSimulator(scenarioOf({ jobs: jobs ?? {} }, { artifactStorage }), {
    gitlabVersion,
  });
  onTestFinished(() => simulator.close());
  const gitlab = createGitLabConnector({ clock })({
    ...{ url: simulator.url, apiToken: 'root-token', triggerToken: null },
  });
  const { pipeline } = await gitlab.createPipeline({
    ...{ project: 'group/app', ref: 'main', variables: {}, inputs: {} },
  });
  simulator.apply(pipeline.id, 'success', ['build']);
  const [build] = (await gitlab.jobArtifacts('group/app', pipeline.id)).filter(
    ({ name }) => name === 'build',
  );
  if (build === undefined) throw new Error('there is no job');
  return { simulator, gitlab, build };
}

describe('a dotenv report', () => {
  test('comes from GitLab itself since 19.4', async () => {
    const { gitlab, build } = await begin({ build: { dotenv: 'A=1\n' } });
    expect(build.artifacts).toMatchObject([{ type: 'dotenv', file: '.env.gz' }]);
    expect(await gitlab.readDotenv('1', build.id, ['none'], here)).toBe('A=1\n');
  });

  test('is not taken from the zip that an older GitLab sends, but from the file in it', async () => {
    const { gitlab, build } = await begin(
      { build: { dotenv: 'A=1\n', artifacts: { 'out/vars.env': 'A=copy\n' } } },
      { gitlabVersion: '18.11.0' },
    );
    expect(await gitlab.readDotenv('1', build.id, ['out', 'vars.env'], here)).toBe('A=copy\n');
    await expect(gitlab.readDotenv('1', build.id, ['build.env'], here)).rejects.toThrow('build.env');
  });

  test('is refused in words where an older GitLab has reports alone', async () => {
    const { gitlab, build } = await begin({ build: { dotenv: 'A=1\n' } }, { gitlabVersion: '19.3.2-ee' });
    await expect(gitlab.readDotenv('1', build.id, ['build.env'], here)).rejects.toThrow(
      'keeps no build.env in artifacts:paths',
    );
  });

  test('that is private is refused', async () => {
    const { gitlab, build } = await begin({ build: { dotenv: 'A=1\n', privateArtifacts: true } });
    await expect(gitlab.readDotenv('1', build.id, ['build.env'], here)).rejects.toThrow('403 Forbidden');
  });

  const ofBytes = async (...pieces: readonly Buffer[]): Promise<string> => {
    const server = await startStubServer((response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    const gitlab = createGitLabConnector({ clock })({ url: server.url, apiToken: 'x', triggerToken: null });
    return gitlab.readDotenv('1', 5 as JobId, ['x'], here);
  };

  test.each([
    ['with a byte order mark', Buffer.from('\ufeffA=é')],
    ['in UTF-16LE', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('A=é', 'utf16le')])],
    ['compressed', gzipSync('A=é')],
  ])('%s is read as its text', async (_how, bytes) => {
    expect(await ofBytes(bytes)).toBe('A=é');
  });

  test.each([
    ['binary', Buffer.from([0xc3, 0x28]), 'no text'],
    ['with NUL', Buffer.from('A=1\0'), 'no text'],
    ['a damaged gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'damaged'],
    ['too long', Buffer.alloc(longestOutputs + 1, 'A'), 'longer than 64 KiB'],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000, 'A')), 'longer than 64 KiB'],
    ['an empty zip', zipOf({}), 'no text'],
  ])('%s is refused', async (_what, bytes, why) => {
    await expect(ofBytes(bytes)).rejects.toThrow(why);
  });
});

describe('a file of the archive', () => {
  const build = { artifacts: { 'out/ä b.txt': 'content' } };

  test('is read by its path, and the archive without one', async () => {
    const { gitlab, build: job } = await begin({ build });
    expect(await text((await gitlab.readArtifact('1', job.id, ['out', 'ä b.txt'], here)).pieces)).toBe(
      'content',
    );
    const { length, pieces } = await gitlab.readArtifact('1', job.id, null, here);
    expect(await text(pieces)).toMatch(/^PK/);
    expect(length).toBeGreaterThan(100);
  });

  test('that is not there is not found, though no JSON says so', async () => {
    const { gitlab, build: job } = await begin({ build });
    await expect(gitlab.readArtifact('1', job.id, ['x'], here)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is followed to another host, which gets no token', async () => {
    const storage = await startStubServer((response) => response.end('stored'));
    const { gitlab, build: job } = await begin({ build }, { artifactStorage: storage.url });
    expect(await text((await gitlab.readArtifact('1', job.id, null, here)).pieces)).toBe('stored');
    expect(storage.requests).toHaveLength(1);
    expect(JSON.stringify(storage.requests[0]?.headers)).not.toContain('root-token');
  });

  test('is taken no further when nobody takes it any more', async () => {
    let closed = false;
    const storage = await startStubServer((response) => {
      response.on('close', () => void (closed = true));
      response.write('first');
    });
    const { gitlab, build: job } = await begin({ build }, { artifactStorage: storage.url });
    const gone = new AbortController();
    const { pieces } = await gitlab.readArtifact('1', job.id, null, gone.signal);
    for await (const piece of pieces) {
      expect(Buffer.from(piece).toString()).toBe('first');
      break;
    }
    gone.abort();
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(true);
  });
});

test('a job shows which pipeline it is of, also when it was run again', async () => {
  const { gitlab, build } = await begin({});
  expect(await gitlab.artifactsOfJob('1', build.id)).toEqual({ ...build, pipelineId: build.pipelineId });
  expect(build.pipelineId).toBeGreaterThan(0);
});
