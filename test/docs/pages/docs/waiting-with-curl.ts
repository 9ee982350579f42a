import type { PageBlocks } from '../../support/page-blocks.ts';
import type { World } from '../../support/world.ts';

const startedTrigger = async ({ trigger }: World) => {
  const { id } = await trigger({ project: 'group/app', ref: 'main' });
  return { TRIGGER_ID: id };
};

export default {
  'Waiting with curl': { prints: /"outcome":"success"/ },
  'Values from variables': {
    prints: /"outcome":"success"/,
    leaves: ({ simulator }) => {
      const sent = simulator.pipelines('group/app').at(-1)?.variables['MESSAGE'];
      if (sent !== 'any "text"\nat all') throw new Error(`MESSAGE is ${sent ?? 'not there'}`);
    },
  },
  'Start now, wait later': { prints: /"outcome":"success"/ },
  'Why did it fail': { prints: /unit(.|\n)*test\/unit: http(.|\n)*not ok 1/ },
  'The verdict as text': { given: startedTrigger, prints: /^success\nhttp\S+\nThe pipeline succeeded\n$/ },
  'See what happens meanwhile': { prints: /^http\S+\n[^]*job: build success\n[^]*\] success\n/ },
  'See what happens meanwhile (2)': { given: startedTrigger, prints: /result: success\n$/ },
  'Without curl, or with an old one': { given: startedTrigger, prints: /^success\n$/ },
} satisfies PageBlocks;
