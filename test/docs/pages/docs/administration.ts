import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PageBlocks } from '../../support/page-blocks.ts';
import type { World } from '../../support/world.ts';

const slowTrigger = async ({ trigger, pipelineOf }: World) => {
  const { id } = await trigger({ project: 'group/slow', ref: 'main' });
  await pipelineOf(id);
  return { TRIGGER_ID: id };
};

export default {
  Look: {
    given: slowTrigger,
    prints:
      /^ID +STATE +.*\ntrg_\w+ +pending +group\/slow +[^]*\n {2}state +pending, on [^]* request +admin at /,
  },
  'Compare with GitLab': {
    given: slowTrigger,
    prints: /^ID +PROJECT +REF +STORED +GITLAB +CHANGES\ntrg_[^]*\ntrg_\w+ {2}group\/slow main {2}pending, /,
  },
  'For programs': { prints: /^trg_\w+ group\/slow null$/m },
  'For programs (2)': { given: slowTrigger, prints: /^data: \{"id":"trg_\w+","project":"group\/slow",/m },
  Completion: {
    prints: /^$/,
    leaves: ({ folder }) => {
      const script = readFileSync(path.join(folder, 'pipeline-trigger.bash'), 'utf8');
      if (!script.includes('complete -F')) throw new Error(script);
    },
  },
} satisfies PageBlocks;
