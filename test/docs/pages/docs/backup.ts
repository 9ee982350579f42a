import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'Back up': { prints: /^copied \S+ to backup\.db: \d+ bytes, checked\n$/ },
  'Back up (2)': { prints: /^$/ },
  Restore: { prints: /^ID +NAME +ROLE/ },
  'Make room': {
    prints:
      /^would remove 0 triggers and 0 deliveries older than 30 days\nremoved 0 triggers and 0 deliveries older than 7 days\n$/,
  },
} satisfies PageBlocks;
