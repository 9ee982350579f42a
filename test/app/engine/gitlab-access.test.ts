import { expect, test } from 'vitest';
import type { Secrets } from '../../../src/app/ports/index.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const own = 'https://gitlab.example.com';
const other = 'https://other.example.com';
const service = { apiToken: 'service-api', triggerToken: 'service-trigger' };

test.each<[string, string, Partial<Secrets>, { apiToken: string | null; triggerToken: string | null }]>([
  ['the service’s own tokens', own, {}, service],
  [
    'the caller’s trigger token',
    own,
    { triggerToken: 'mine' },
    { apiToken: 'service-api', triggerToken: 'mine' },
  ],
  ['the caller’s API token, alone', own, { apiToken: 'mine' }, { apiToken: 'mine', triggerToken: null }],
  [
    'both of the caller',
    own,
    { apiToken: 'mine', triggerToken: 'mine too' },
    { apiToken: 'mine', triggerToken: 'mine too' },
  ],
  [
    'another GitLab never gets the service’s tokens',
    other,
    { triggerToken: 'mine' },
    { apiToken: null, triggerToken: 'mine' },
  ],
])('%s', async (_what, gitlabUrl, secrets, expected) => {
  const { start, gitlab } = startEngine(createOutside(), service);
  await start({ gitlabUrl }, secrets);
  expect(gitlab.accesses).toEqual([{ url: gitlabUrl, ...expected }]);
});

test('another GitLab without tokens of the caller is not even asked', async () => {
  const { start, gitlab, outcomeOf } = startEngine(createOutside(), service);
  expect(await outcomeOf(await start({ gitlabUrl: other }))).toBe('error');
  expect(gitlab.calls).toEqual([]);
});
