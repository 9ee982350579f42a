import type { PageBlocks } from '../support/page-blocks.ts';

export default {
  Contributing: { notHere: '.ci/run runs what it names' },
} satisfies PageBlocks;
