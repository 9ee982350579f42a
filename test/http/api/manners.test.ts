import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import { problemOfKey } from '../../../src/http/api/create-trigger.ts';
import { adminToken, startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

const green = { project: 'group/green', ref: 'main' };

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}, query = '') =>
  world.call('POST', `/v1/triggers${query}`, { body, headers });

const keyed = (key: string) => ({ 'idempotency-key': key });
const replayed = ({ headers }: { readonly headers: Headers }) => headers.get('idempotent-replayed');

async function finishedTrigger(request: object): Promise<TriggerView> {
  const { id } = await world.trigger({ ref: 'main', ...request });
  return world.finished(id);
}

describe('an Idempotency-Key that would be everybody’s', () => {
  test.each([
    ':',
    '1:',
    ':7',
    '::',
    '1::7',
    ' : ',
    '-',
    '1: ',
    '$CI_PROJECT_ID:$CI_JOB_ID',
    '${CI_JOB_ID}:1',
  ])('%j is 400 with the reason, and starts nothing', async (key) => {
    const before = world.simulator.requests.length;
    const answer = await post(green, keyed(key));
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      type: '/problems/invalid',
      detail: expect.stringMatching(/^Idempotency-Key: .*everybody’s key/) as string,
    });
    expect(world.simulator.requests.length).toBe(before);
  });

  test.each([
    '1:7',
    '1:7:abc',
    'release-1.4',
    '7',
    'a',
    'päckchen',
    '01920000-0000-7000-8000-000000000000',
    'costs $',
  ])('%j is none', (key) => expect(problemOfKey(key)).toBeNull());
});

describe('an answer to a request that was made before', () => {
  test('says so by a header, which the first answer has not', async () => {
    const [first, second] = [await post(green, keyed('twice')), await post(green, keyed('twice'))];
    expect([replayed(first), replayed(second)]).toEqual([null, 'true']);
    expect(replayed(await post(green, keyed('another')))).toBeNull();
    expect(replayed(await post(green))).toBeNull();
  });

  test('says so with ?mode=follow and ?wait too', async () => {
    for (const query of ['?mode=follow', '?wait=20', '?mode=text']) {
      const key = keyed(`twice ${query}`);
      const [first, second] = [await post(green, key, query), await post(green, key, query)];
      expect([query, replayed(first), replayed(second)]).toEqual([query, null, 'true']);
    }
  });

  test('has it on one of two concurrent answers', async () => {
    const answers = await Promise.all([post(green, keyed('both')), post(green, keyed('both'))]);
    expect(answers.map(replayed).toSorted()).toEqual(['true', null].toSorted());
  });

  test('says when the first one came, in its detail or its text', async () => {
    const failing = { project: 'group/failing', ref: 'main' };
    const first = await post(failing, keyed('failing'), '?wait=20');
    expect(first.status).toBe(424);
    const { trigger, detail } = first.json as { trigger: TriggerView; detail: string };
    expect(detail).not.toContain('Idempotency-Key');
    const note = `this Idempotency-Key first came at ${trigger.createdAt}`;
    const second = await post(failing, keyed('failing'), '?wait=20');
    expect((second.json as { detail: string }).detail).toBe(
      `failed jobs: unit; ${note}, and nothing was started for it again`,
    );
    const asText = await post(failing, { ...keyed('failing'), accept: 'text/plain' }, '?wait=20');
    expect(asText.text).toContain(`\n${note}`);
    expect(replayed(asText)).toBe('true');
  });

  test('is no answer to another request with the key', async () => {
    await post(green, keyed('reused'));
    const answer = await post({ ...green, variables: { K: 'v' } }, keyed('reused'));
    expect(answer.status).toBe(422);
    expect(replayed(answer)).toBeNull();
  });
});

describe('a verdict as text', () => {
  const wait = (id: string, accept = 'text/plain') =>
    world.call('GET', `/v1/triggers/${id}/wait?wait=20`, { headers: { accept } });

  test('of a failed pipeline has outcome, URL, why, and each failed job once with the end of its log', async () => {
    const { id, webUrl } = await finishedTrigger({ project: 'group/failing' });
    const answer = await wait(id);
    expect(answer.status).toBe(424);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('pipeline-trigger-outcome')).toBe('failed');
    const lines = answer.text.split('\n');
    expect(lines.slice(0, 4)).toEqual(['failed', webUrl, 'The pipeline failed', '']);
    expect(lines[4]).toMatch(/^unit \(test\) {2}script_failure {2}http:\S+\/-\/jobs\/\d+$/);
    expect(lines.slice(5)).toEqual([
      ...Array.from({ length: 19 }, (_, index) => `  line ${index + 12}`),
      '  ERROR: exit code 1',
      '',
    ]);
  });

  test.each([
    ['group/green', {}, 200, /^success\nhttp\S+\nThe pipeline succeeded\n$/],
    ['group/skipped', {}, 424, /^skipped\nhttp\S+\nThe pipeline was skipped\n$/],
    ['group/manual', {}, 423, /^manual\nhttp\S+\n.+\ndeploy \(deploy\) {2}waits to be played {2}http\S+\n$/],
    [
      'group/broken',
      {},
      422,
      /^error\n(?:http\S+\n)?deploy job: chosen stage nowhere does not exist[^\n]*\n$/,
    ],
  ])('of %s is short', async (project, more, status, expected) => {
    const { id } = await finishedTrigger({ project, ...more });
    const answer = await wait(id);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(expected);
  });

  test.each(['*/*', 'application/json', 'application/json, text/plain', 'text/html,*/*;q=0.8', ''])(
    'is not what who accepts %j gets',
    async (accept) => {
      const { id } = await finishedTrigger({ project: 'group/failing' });
      expect((await wait(id, accept)).json).toMatchObject({ status: 424 });
    },
  );
});

describe('play', () => {
  const play = (id: string, jobs?: readonly string[]) =>
    world.call('POST', `/v1/triggers/${id}/play`, jobs === undefined ? {} : { body: { jobs } });

  test('of a job that is not there is 422, names those that wait, and plays nothing', async () => {
    const { id } = await finishedTrigger({ project: 'group/manual' });
    for (const jobs of [['nope'], ['rollback', 'nope'], ['unit']]) {
      const answer = await play(id, jobs);
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({
        type: '/problems/not_playable',
        detail: `this job does not wait to be played: ${jobs.at(-1)}; these wait to be played: deploy, rollback`,
      });
    }
    expect((await world.call('GET', `/v1/triggers/${id}`)).json).toMatchObject({ playedJobs: [] });
  });

  test('of a job that this trigger has played already counts as done', async () => {
    const { id } = await finishedTrigger({ project: 'group/manual' });
    expect((await play(id, ['deploy'])).status).toBe(202);
    await world.finished(id);
    expect((await play(id, ['deploy'])).status).toBe(202);
    expect(await world.finished(id)).toMatchObject({ outcome: 'success', playedJobs: [{ name: 'deploy' }] });
    expect((await play(id, ['deploy', 'nope'])).status).toBe(422);
  });

  test('of a name where no manual job waits, or no pipeline was made, is 422; without names it is done', async () => {
    const done = await finishedTrigger({ project: 'group/green' });
    const none = await finishedTrigger({ project: 'group/nowhere' });
    for (const { id } of [done, none]) {
      expect((await play(id, ['deploy'])).json).toMatchObject({
        status: 422,
        detail: 'this job does not wait to be played: deploy; no manual job waits',
      });
      expect((await play(id)).status).toBe(202);
    }
  });
});

describe('a request that says too much', () => {
  const names = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`K${at}`, 'v']));

  test('is 422 from 501 variables or 501 inputs on; 500 of each are taken', async () => {
    expect((await post({ ...green, variables: names(500), inputs: names(500) })).status).toBe(202);
    for (const kind of ['variables', 'inputs'])
      expect((await post({ ...green, [kind]: names(501) })).json).toMatchObject({
        type: '/problems/too_many_items',
        status: 422,
        detail: `${kind}: 501 of them, where at most 500 may be`,
      });
  });

  test('is 422 for a name of 256 characters, and taken with one of 255', async () => {
    const long = 'K'.repeat(255);
    expect((await post({ ...green, variables: { [long]: 'v' }, jobs: [long] })).status).toBe(202);
    for (const body of [
      { variables: { [`${long}K`]: 'v' } },
      { inputs: { [`${long}K`]: 1 } },
      { jobs: [`${long}K`] },
      { manual: [{ job: `${long}K`, action: 'play' }] },
      { manual: [{ stage: `${long}K`, action: 'play' }] },
    ])
      expect((await post({ ...green, ...body })).status).toBe(422);
  });

  test('is 422 for 201 jobs or rules, also where they are to be played, in a short answer', async () => {
    const jobs = Array.from({ length: 201 }, (_, at) => `job ${at}`);
    expect((await post({ ...green, jobs })).status).toBe(422);
    expect((await post({ ...green, jobs: jobs.slice(1) })).status).toBe(202);
    const manual = jobs.map((job) => ({ job, action: 'wait' }));
    expect((await post({ ...green, manual })).status).toBe(422);
    const { id } = await finishedTrigger({ project: 'group/green' });
    const answers = [
      await world.call('POST', `/v1/triggers/${id}/play`, { body: { jobs } }),
      await world.call('POST', `/v1/triggers/${id}/play`, {
        body: { jobs: jobs.map(() => 'x'.repeat(255)) },
      }),
      await post({ ...green, variables: names(60_000) }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(422);
      expect(text.length).toBeLessThan(8_192);
    }
  });

  test('is 413 over a mebibyte, whether it says its length or not', async () => {
    const body = JSON.stringify({ ...green, variables: { FILE: 'x'.repeat(2 ** 20) } });
    expect((await post(body, { 'content-type': 'application/json' })).status).toBe(413);
    const chunked = await fetch(`${world.url}/v1/triggers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    expect(chunked.status).toBe(413);
  });
});

describe('what a request names', () => {
  test.each([
    '.',
    '..',
    'group/..',
    '../group',
    'group/./app',
    'group//app',
    '/group/app',
    'group/app/',
    'group/app\n',
    '101\n-deploy',
    'group/app\u0000',
    'group/app\u007f',
    'group app',
    'group/app?x=1',
    'group/app#x',
    'group%2Fapp',
    'grüppe/app',
    '-group/app',
    '*',
    'group/\u200bapp',
    'http://gitlab.test/group/app',
  ])('is 400 for the project %j', async (project) => {
    const answer = await post({ ...green, project });
    expect(answer.status).toBe(400);
    expect((answer.json as { detail: string }).detail).toBe(
      'project: expected the number of a project, or its path as GitLab writes it: group/app',
    );
    expect((await post({ ...green, upstream: { project, pipelineId: 1 } })).status).toBe(400);
  });

  test.each([2, '2', 'group/green', 'Group/Sub.group/_app-1.2', '.github/app', 'a/b/c/d/e', 'group/..app'])(
    'is taken for the project %j',
    async (project) => expect((await post({ ...green, project })).status).toBe(202),
  );

  test.each(['a token', 'token\n', 'token\u200b', 'tökén', '\ttoken'])(
    'is 400 for a token that cannot be sent: %j',
    async (token) => {
      for (const name of ['apiToken', 'triggerToken']) {
        const answer = await post({ ...green, [name]: token });
        expect(answer.status).toBe(400);
        expect((answer.json as { detail: string }).detail).toBe(
          `${name}: expected a token of GitLab: ASCII characters without blanks`,
        );
      }
    },
  );

  test('is 400 for a ref with control characters', async () => {
    expect((await post({ ...green, ref: 'main\n-deploy' })).status).toBe(400);
  });
});

test('what is wrong is said in plain words', async () => {
  const detailOf = async (body: unknown) => ((await post(body)).json as { detail: string }).detail;
  expect(await detailOf({})).toMatch(/^project: .+; ref: is missing$/);
  expect(await detailOf({ ...green, ref: 5 })).toBe('ref: expected a text');
  expect(await detailOf({ ...green, ref: '' })).toBe('ref: must not be empty');
  expect(await detailOf({ ...green, retry: 'yes' })).toBe('retry: expected true or false');
  expect(await detailOf({ ...green, onManual: 'x' })).toBe('onManual: expected fail, pass or play');
  expect(await detailOf({ ...green, variables: { K: 5 } })).toBe('variables.K: expected a text');
  expect(await detailOf({ ...green, variables: [] })).toBe('variables: expected an object');
  expect(await detailOf({ ...green, jobs: 'x' })).toBe('jobs: expected a list');
  expect(await detailOf({ ...green, jobs: [] })).toBe('jobs: expected at least 1 of them');
  expect(await detailOf({ ...green, deadlineSeconds: 0 })).toBe('deadlineSeconds: expected a number above 0');
  expect(await detailOf({ ...green, deadlineSeconds: 1.5 })).toBe('deadlineSeconds: expected a whole number');
  expect(await detailOf({ ...green, gitlabUrl: 'x' })).toBe('gitlabUrl: expected an http or https URL');
  expect(await detailOf({ ...green, colour: 1, shape: 2 })).toBe('there is no member colour or shape here');
  expect(await detailOf([])).toBe('expected an object');
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`${'K'.repeat(200)}${at}`, at]));
  const detail = await detailOf({ ...green, variables: many });
  expect(detail).toMatch(/; and 395 more$/);
  expect(detail.length).toBeLessThan(8_192);
});
