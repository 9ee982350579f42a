import { eventually } from '../../../support/eventually.ts';
import type { PageBlocks } from '../../support/page-blocks.ts';
import type { World } from '../../support/world.ts';

const slowTrigger = async ({ trigger, pipelineOf }: World) => {
  const { id } = await trigger({ project: 'group/slow', ref: 'main' });
  await pipelineOf(id);
  return { TRIGGER_ID: id };
};

export default {
  'A trigger stays requested, without a pipeline': {
    given: async ({ trigger, finished }) => {
      const { id } = await trigger({ project: 'group/nowhere', ref: 'main' });
      await finished(id);
      return { TRIGGER_ID: id };
    },
    prints: /"pipelineId": null,\n {2}"reason": ".*Not Found/i,
  },
  'Callers wait longer than the pipeline runs': {
    given: async (world) => {
      const env = await slowTrigger(world);
      await eventually(async () => {
        const { json } = await world.call('GET', '/v1/deliveries?limit=1');
        if ((json as { items: unknown[] }).items.length === 0) throw new Error('no hook has come yet');
      });
      return env;
    },
    prints: /^\S+Z (Pipeline|Job) Hook \w+$/m,
  },
  'A manual job is not played': {
    given: async ({ trigger }) => {
      const { id } = await trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
      return { TRIGGER_ID: id };
    },
    prints: /played: deploy/,
  },
  'A trigger hangs and should not': { given: slowTrigger, prints: /"state": "pending"/ },
  'A trigger hangs and should not (2)': {
    given: slowTrigger,
    prints: /"outcome": "error",\n {2}"reason": ".*the project was deleted/,
  },
} satisfies PageBlocks;
