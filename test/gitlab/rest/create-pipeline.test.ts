import { expect, test, vi } from 'vitest';
import { createPipeline, creationTimeoutMs } from '../../../src/gitlab/rest/create-pipeline.ts';
import { createGitLabConnector } from '../../../src/gitlab/rest/client.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';

const order = { project: 'group/app', ref: 'main', variables: { A: '1' }, inputs: {} };

test.each([
  [null, 'projects/group%2Fapp/pipeline', { ref: 'main', variables: [{ key: 'A', value: '1' }] }],
  [
    'glptt-1',
    'projects/group%2Fapp/trigger/pipeline',
    { ref: 'main', variables: { A: '1' }, token: 'glptt-1' },
  ],
])(
  'a pipeline is made with the trigger token %s, and GitLab is given the time',
  async (token, path, body) => {
    const asked: unknown[] = [];
    const post = (...given: unknown[]) => {
      asked.push(given);
      return Promise.resolve({ status: 201, headers: {}, body: { id: 1 } });
    };
    expect(await createPipeline({ post } as never, order, token, 60_000)).toEqual({ id: 1 });
    expect(asked).toEqual([[path, { body, timeoutMs: 60_000 }]]);
  },
);

test('inputs are sent where there are some: an old GitLab does not know them', async () => {
  const post = vi.fn(() => Promise.resolve({ status: 201, headers: {}, body: {} }));
  const inputs = { env: 'prod' };
  await createPipeline({ post } as never, { ...order, variables: {}, inputs }, null, 1);
  expect(post).toHaveBeenCalledWith('projects/group%2Fapp/pipeline', {
    body: { ref: 'main', inputs, variables: [] },
    timeoutMs: 1,
  });
});

test('GitLab has its own minute to create a pipeline, and ten seconds to be read', async () => {
  const limit = vi.spyOn(AbortSignal, 'timeout');
  const fetch = () => Promise.resolve(Response.json({ id: 1, commit: { id: 'abc' } }));
  const gitlab = createGitLabConnector({ clock: createAcceleratedClock(), fetch })({
    url: 'https://gitlab.test',
    apiToken: 'glpat-1',
    triggerToken: null,
  });
  await gitlab.createPipeline(order).catch(() => undefined);
  expect(limit.mock.calls).toEqual([[creationTimeoutMs]]);
  await gitlab.tipOf('1', 'main');
  expect(limit.mock.lastCall).toEqual([10_000]);
  expect(creationTimeoutMs).toBe(60_000);
});
