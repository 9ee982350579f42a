import type { PageBlocks } from '../support/page-blocks.ts';

export default {
  'See it work': { notHere: '.ci/run runs it' },
  'See it work (2)': { notHere: 'this test is part of it' },
  'Set it up with a real GitLab': { notHere: 'takes a Docker engine' },
  'Set it up with a real GitLab (2)': { prints: /group\/app +repaired +\d+ +passed/ },
  'Set it up with a real GitLab (3)': { prints: /^\S{30,}\n$/ },
  'Set it up with a real GitLab (4)': { prints: /"outcome":"success"/ },
} satisfies PageBlocks;
