import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'Looking after them': { prints: /^\{"items":\[\],"nextCursor":null\}$/ },
} satisfies PageBlocks;
