import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:http';
import { deliver } from './deliver.ts';
import { inParallel } from './figures.ts';
import { hookSecret, startService } from './start-service.ts';

const count = 2_000;
const fixtures = { pipeline: 'gitlab_docs_19_pipeline_hook', job: 'gitlab_docs_19_job_hook' } as const;

export interface SizeFigures {
  readonly kind: string;
  /** Of the body, as it was sent. */
  readonly bytesSent: number;
  /** By which the database grew, its write-ahead log gone into it. */
  readonly bytesKept: number;
}

/** What a hook takes on disk, of those that GitLab's own documentation shows, sent over HTTP. */
export async function measureSizes(): Promise<readonly SizeFigures[]> {
  const figures: SizeFigures[] = [];
  for (const [kind, fixture] of Object.entries(fixtures)) {
    const body = readFileSync(`test/fixtures/hooks/${fixture}.json`);
    const [empty, full] = [await sizeAfter(0, body), await sizeAfter(count, body)];
    figures.push({ kind, bytesSent: body.length, bytesKept: (full - empty) / count });
  }
  return figures;
}

async function sizeAfter(hooks: number, body: Buffer): Promise<number> {
  let size = 0;
  const agent = new Agent({ keepAlive: true });
  const service = await startService('http://127.0.0.1:1');
  await inParallel(hooks, 32, async () => {
    const { status } = await deliver(service.url, agent, hookSecret, body);
    if (status !== 202) throw new Error(`a hook was answered ${status}`);
  });
  agent.destroy();
  await service.stop(() => {
    size = statSync(service.databaseFile).size;
  });
  return size;
}
