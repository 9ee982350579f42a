import type { EngineEvent, CiPipeline, EngineContext } from '../../../simulator/engine/model.ts';
import { readConfig } from '../../../simulator/engine/read-config.ts';
import { seedPipeline } from '../../../simulator/engine/seed-pipeline.ts';

/** A clock that counts reads, ids from 1, and a record of the events that the engine emitted. */
export function surroundings(): EngineContext & { readonly events: EngineEvent[] } {
  const events: EngineEvent[] = [];
  let time = 0;
  let id = 0;
  return {
    now: () => (time += 1),
    nextJobId: () => (id += 1),
    emit: (event) => void events.push(event),
    events,
  };
}

/** A pipeline of this configuration, not yet settled. */
export function pipelineFrom(source: unknown, around: EngineContext = surroundings()): CiPipeline {
  const reading = readConfig(source, []);
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  const head = {
    id: 1,
    iid: 1,
    projectId: 1,
    ref: 'main',
    tag: false,
    sha: 'a'.repeat(40),
    beforeSha: '0'.repeat(40),
    source: 'api',
    userName: 'root',
    variables: [],
    inputs: {},
    autoRun: false,
    upstream: null,
  };
  return seedPipeline(around, head, reading.config);
}
