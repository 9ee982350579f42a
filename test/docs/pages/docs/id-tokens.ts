import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PageBlocks } from '../../support/page-blocks.ts';
import { pageAt } from '../../support/read-pages.ts';
import type { World } from '../../support/world.ts';
import { startJob } from '../../../support/id-tokens.ts';

const { text } = pageAt('docs/id-tokens.md');

/** The code blocks of the page in a language, in order. */
const blocksIn = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block);

/** The files that the page shows. */
function writeFiles({ folder }: World): void {
  const [, policy = ''] = blocksIn('yaml');
  const [claims = '', request = ''] = blocksIn('json');
  for (const [name, content] of Object.entries({
    'policy.yml': policy,
    'claims.json': claims,
    'request.json': request,
  }))
    writeFileSync(path.join(folder, name), content);
}

export default {
  'Why was it denied?': {
    prints: /^\{.*"project_path":"group\/parent".*"ref_protected":"true".*\}$/,
    given: async ({ simulator }) => ({
      PIPELINE_TRIGGER_ID_TOKEN: await (await startJob(simulator, 'group/parent')).token(),
    }),
  },
  'Why was it denied? (2)': {
    code: 1,
    prints: new RegExp(
      [
        '^denied to project:7:protected',
        'rule 1 \\(releases are deployed\\)',
        '  from.environment: found staging; allowed: production',
        '  to.variables: found DEBUG; allowed: VERSION, TARGET',
        'rule 2 \\(merge requests are tested end to end\\)',
        '  from.pipeline_source: found push; allowed: merge_request_event',
        '  to.project: found group/deploy; allowed: group/end-to-end',
        '  to.variables: found TARGET; allowed: APP_REF',
        '  to.variables: found DEBUG; allowed: APP_REF',
        '$',
      ].join('\n'),
    ),
    given: (world) => {
      writeFiles(world);
      return Promise.resolve({});
    },
  },
} satisfies PageBlocks;
