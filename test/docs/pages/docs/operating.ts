import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { PageBlocks } from '../../support/page-blocks.ts';

export default {
  'Run it': {
    prints: /^$/,
    leaves: ({ folder }) => {
      const files = readdirSync(path.join(folder, 'deploy/secrets')).toSorted();
      if (files.join() !== 'admin-token,gitlab-token,webhook-secret') throw new Error(files.join());
    },
  },
  'Run it (2)': { notHere: 'takes a Docker engine; test/deploy reads the file' },
  'Run it (3)': { notHere: 'takes a Kubernetes cluster; test/deploy reads the file' },
  'Run it (4)': {
    notHere: 'takes systemd and root; test/deploy reads the unit, .ci/run installs the package',
  },
  'Look after it': {
    given: async ({ trigger, pipelineOf }) => {
      const { id } = await trigger({ project: 'group/slow', ref: 'main' });
      await pipelineOf(id);
      return {};
    },
    prints: /"status":"ready"}\n?trg_\w+ group\/slow (created|pending|running)\n/,
  },
} satisfies PageBlocks;
