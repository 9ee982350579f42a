import { expect, test } from 'vitest';
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

test(
  'GitLab has its own minute to create a pipeline, and ten seconds to be read',
  { timeout: 300_000 },
  async () => {
    expect(creationTimeoutMs).toBe(60_000);
    const late = () =>
      new Promise<Response>((resolve) => setTimeout(() => resolve(Response.json({ id: 1 })), 11_000));
    const hanging = (_input: unknown, init: RequestInit = {}) =>
      Promise.race([
        late(),
        new Promise<never>((_resolve, reject) =>
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
        ),
      ]);
    const gitlab = createGitLabConnector({ clock: createAcceleratedClock(), fetch: hanging })({
      url: 'https://gitlab.test',
      apiToken: 'glpat-1',
      triggerToken: null,
    });
    const [created, read] = await Promise.allSettled([
      gitlab.createPipeline(order),
      gitlab.tipOf('1', 'main'),
    ]);
    expect([created.status, read.status]).toEqual(['fulfilled', 'rejected']);
  },
);
