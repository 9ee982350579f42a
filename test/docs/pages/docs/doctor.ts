import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  // The secrets of tests are short.
  'The doctor': { prints: /^SEVERITY [^]*\nwarning +secret_weak +ADMIN_TOKEN [^]*\nexit code 1\n$/ },
} satisfies PageBlocks;
