import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  // The secrets of tests are short.
  'The doctor': { prints: /^(?:[^]*\n)?warning: ADMIN_TOKEN \(secret_weak\)\n[^]*\nexit code 1\n$/ },
} satisfies PageBlocks;
