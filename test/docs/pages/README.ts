import type { PageBlocks } from '../support/page-blocks.ts';

export default {
  'See it work': { notHere: '.ci/run runs it' },
  'See it work (2)': { notHere: 'this test is part of it' },
  'Set it up with a real GitLab': { notHere: 'test/docs/first-day.test.ts runs these in their order' },
  'Set it up with a real GitLab (2)': { notHere: 'the same' },
  'Set it up with a real GitLab (3)': { notHere: 'the same' },
  'Set it up with a real GitLab (4)': { notHere: 'the same' },
  'Set it up with a real GitLab (5)': { prints: /"outcome":"success"/ },
} satisfies PageBlocks;
