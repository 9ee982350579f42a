import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'See what a token may do': { prints: /note: GITLAB_TOKEN \(token_admin\)\n/ },
} satisfies PageBlocks;
