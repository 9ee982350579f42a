import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  Hooks: {
    prints:
      /^PROJECT +RESULT .*\ngroup\/app +unchanged +\d+ +passed(.*\n)+PROJECT.*\n(group\/\w+ +unchanged.*\n){5}$/,
  },
  'What is wrong with them': { prints: /group\/app +\d+ +yes +pipeline job(.*\n)+(group\/\w+ +ok .*\n){5}/ },
  'What is wrong with them (2)': { prints: /^PROJECT +RESULT +HOOKS\ngroup\/app +removed +\d+\n$/ },
} satisfies PageBlocks;
