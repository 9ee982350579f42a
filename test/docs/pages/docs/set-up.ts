import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'Air-gapped': { notHere: 'takes a Docker engine' },
  'Air-gapped (2)': { notHere: '.ci/image runs it, in the Dockerfile' },
  'See that it works': { prints: /"status":"ready"/ },
  'See that it works (2)': { prints: /"outcome":"success"/ },
  'See that it works (3)': { prints: /^(Pipeline|Job) Hook$/m },
} satisfies PageBlocks;
