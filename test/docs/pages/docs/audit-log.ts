import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'The audit log': { prints: /^\{"items":\[.*\],"nextCursor":null\}$/ },
} satisfies PageBlocks;
