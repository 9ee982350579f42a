import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  Hooks: {
    prints:
      /^PROJECT +RESULT .*\ngroup\/app +repaired +\d+ +passed(.*\n)+PROJECT.*\n(group\/\w+ +(?:unchanged|repaired).*\n){5}$/,
  },
  'What is wrong with them': { prints: /group\/app +\d+ +yes +pipeline job(.*\n)+(group\/\w+ +ok .*\n){5}/ },
  'What is wrong with them (2)': { prints: /^PROJECT +RESULT +HOOKS\ngroup\/app +removed +\d+\n$/ },
  'The secret of one project': { prints: /^[0-9a-f]{64}\n$/ },
} satisfies PageBlocks;
