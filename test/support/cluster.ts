import { onTestFinished } from 'vitest';
import type { AddedProcess } from './add-process.ts';
import { addProcess } from './add-process.ts';
import { canaryKey } from './canary.ts';
import type { Installation } from './service-process.ts';
import { install } from './service-process.ts';
import { hookTo } from './start-service.ts';

/** Processes over one PostgreSQL; the first of them is the installation's own. */
export interface Cluster extends Installation {
  readonly others: readonly AddedProcess[];
  /** The jobs of a pipeline succeed, one after the other. */
  readonly succeed: (pipelineId: number) => void;
}

interface Options {
  readonly url: string;
  readonly count: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Which process GitLab sends its hooks to; the first unless given. */
  readonly hooksTo?: number;
}

/** Starts them one after the other: the first one makes the tables, and has the work that one process does for all. */
export async function startCluster({ url, count, env = {}, hooksTo = 0 }: Options): Promise<Cluster> {
  const settings = { DATABASE_URL: url, ENCRYPTION_KEY: canaryKey, SWEEP_SECONDS: '3600', ...env };
  const installation = await install({ env: settings, hooks: false }, onTestFinished);
  const others: AddedProcess[] = [];
  while (others.length < count - 1) others.push(await addProcess(installation));
  const { simulator } = installation;
  const receiver = [installation.url, ...others.map((other) => other.url)][hooksTo] ?? installation.url;
  for (const { id } of simulator.scenario.projects) simulator.addHook(id, hookTo(receiver));
  return {
    ...installation,
    others,
    succeed(pipelineId) {
      for (const job of ['build', 'unit'])
        for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
    },
  };
}
