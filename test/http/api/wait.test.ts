import { afterAll, describe, expect, test } from 'vitest';
import type { TriggerView } from '../../../src/api/trigger-view.ts';
import type { Answer } from '../../support/call.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { eventually } from '../../support/eventually.ts';
import { scenario, triggerToken } from '../../support/scenario.ts';
import type { TestService } from '../../support/start-service.ts';
import { startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

interface Verdict {
  readonly status: number;
  readonly outcome: string;
  readonly body: object;
}

const wait = (id: string, query = '', { call }: TestService = world) =>
  call('GET', `/v1/triggers/${id}/wait${query}`);

const isHeld = (id: string, { waiters }: TestService = world) =>
  eventually(() => expect(waiters(id)).toBeGreaterThan(0));

/** A trigger whose pipeline a test moves. */
async function standing(request: object = {}): Promise<{ id: string; pipelineId: number }> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main', ...request });
  return { id, pipelineId: await world.pipelineOf(id) };
}

const problem = (status: number, outcome: string, more: object = {}): Verdict => ({
  status,
  outcome,
  body: { type: `/problems/${outcome}`, status, trigger: { state: 'finished', outcome }, ...more },
});

const unit = { name: 'unit', stage: 'test', failureReason: 'script_failure' };
const shown = Array.from({ length: 19 }, (_, index) => `line ${index + 12}`).join('\n');

const green: Verdict = { status: 200, outcome: 'success', body: { state: 'finished', outcome: 'success' } };
const brokenWords = /^deploy job: chosen stage nowhere does not exist/;

const verdicts: readonly [string, object, Verdict][] = [
  ['success', { project: 'group/green' }, green],
  [
    'manual_passed',
    { project: 'group/manual', onManual: 'pass' },
    { status: 200, outcome: 'manual_passed', body: { state: 'finished', outcome: 'manual_passed' } },
  ],
  [
    'success after a manual job was played',
    { project: 'group/manual', onManual: 'play' },
    { ...green, body: { outcome: 'success', playedJobs: [{ name: 'deploy', stage: 'deploy' }] } },
  ],
  [
    'failed',
    { project: 'group/failing' },
    problem(424, 'failed', {
      title: 'The pipeline failed',
      detail: 'failed jobs: unit',
      failedJobs: [
        {
          ...unit,
          webUrl: expect.stringMatching(/\/group\/failing\/-\/jobs\/\d+$/) as string,
          trace: `${shown}\nERROR: exit code 1`,
        },
      ],
    }),
  ],
  [
    'skipped',
    { project: 'group/skipped' },
    problem(424, 'skipped', { failedJobs: [], detail: 'The pipeline was skipped' }),
  ],
  [
    'manual',
    { project: 'group/manual' },
    problem(423, 'manual', {
      detail: 'waiting for manual jobs: deploy',
      blockingJobs: [
        { name: 'deploy', stage: 'deploy', webUrl: expect.stringMatching(/\/jobs\/\d+$/) as string },
      ],
    }),
  ],
  [
    'an unknown ref',
    { project: 'group/green', ref: 'nowhere' },
    problem(422, 'error', { detail: 'Reference not found' }),
  ],
  [
    'an unknown project',
    { project: 'group/nowhere' },
    problem(422, 'error', { detail: '404 Project Not Found' }),
  ],
  [
    'a wrong API token',
    { project: 'group/green', apiToken: 'wrong' },
    problem(422, 'error', { detail: '401 Unauthorized' }),
  ],
  [
    'a wrong trigger token',
    { project: 'group/green', triggerToken: 'wrong' },
    problem(422, 'error', { detail: '404 Not Found' }),
  ],
  [
    'a wrong configuration',
    { project: 'group/broken' },
    problem(422, 'error', { detail: expect.stringMatching(brokenWords) as string }),
  ],
];

function expectVerdict(answer: Answer, { status, outcome, body }: Verdict): void {
  expect(answer.json).toMatchObject(body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe(
    status === 200 ? 'application/json; charset=utf-8' : 'application/problem+json',
  );
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'cache-control': 'no-store',
    'pipeline-trigger-state': 'finished',
    'pipeline-trigger-outcome': outcome,
  });
  expect(answer.headers.has('retry-after')).toBe(false);
}

/** For one who waits as for one who asks later, in whatever mode. */
async function expectVerdicts(id: string, verdict: Verdict): Promise<void> {
  expectVerdict(await wait(id, '?wait=20'), verdict);
  expectVerdict(await wait(id), verdict);
  expectVerdict(await wait(id, '?mode=follow'), verdict);
  expectVerdict(await world.call('POST', `/v1/triggers/${id}/wait`), verdict);
  const text = await wait(id, '?mode=text');
  expect({ status: text.status, text: text.text }).toEqual({ status: 200, text: verdict.outcome });
  expect(Object.fromEntries(text.headers)).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    'pipeline-trigger-state': 'finished',
    'pipeline-trigger-outcome': verdict.outcome,
  });
}

test.each(verdicts)('the verdict of %s is the status', async (_what, request, verdict) => {
  const { id } = await world.trigger({ ref: 'main', ...request });
  await expectVerdicts(id, verdict);
});

describe('the verdict', () => {
  test('of a canceled pipeline is 409', async () => {
    const { id, pipelineId } = await standing();
    world.simulator.apply(pipelineId, 'cancel');
    await expectVerdicts(id, problem(409, 'canceled', { title: 'The pipeline was canceled' }));
  });

  test.concurrent('of one that did not end in time is 424', async () => {
    const { id, pipelineId } = await standing({ deadlineSeconds: 1 });
    await eventually(async () => {
      await world.service.engine.sweep.round();
      expect((await wait(id, '?mode=text&wait=1')).text).toBe('deadline');
    });
    const detail = 'no result within 1 seconds; the pipeline is pending';
    await expectVerdicts(id, problem(424, 'deadline', { detail, failedJobs: [] }));
    expect(world.simulator.pipeline(pipelineId).status).toBe('pending');
  });

  test.concurrent('of one that is to be canceled at the deadline is 424 as well', async () => {
    const { id, pipelineId } = await standing({ deadlineSeconds: 1, cancelOnDeadline: true });
    await eventually(async () => {
      await world.service.engine.sweep.round();
      expect(world.simulator.pipeline(pipelineId).status).toBe('canceled');
    });
    expectVerdict(await wait(id), problem(424, 'deadline'));
  });

  test.each([
    ['422, as newer GitLab does', '422', null],
    ['201 and a failed pipeline, as older GitLab does', '201', expect.any(Number) as number],
  ] as const)(
    'of a wrong configuration that a trigger token is answered with %s',
    async (_how, configErrorAnswers, pipelineId) => {
      const other = await startService({ scenario: { ...scenario, configErrorAnswers } });
      try {
        const { id } = await other.trigger({ project: 'group/broken', ref: 'main', triggerToken });
        const answer = await wait(id, '?wait=20', other);
        expectVerdict(
          answer,
          problem(422, 'error', { detail: expect.stringMatching(brokenWords) as string }),
        );
        expect((answer.json as { trigger: TriggerView }).trigger.pipelineId).toEqual(pipelineId);
      } finally {
        await other.stop();
      }
    },
  );

  test('of failed jobs whose logs cannot be had comes without them', async () => {
    const match = { path: '/trace' };
    world.simulator.faults.api.push({ kind: 'status', status: 403, match });
    const { id } = await world.trigger({ project: 'group/failing', ref: 'main' });
    const answer = await wait(id, '?wait=20');
    world.simulator.faults.api.splice(0);
    expectVerdict(answer, problem(424, 'failed', { failedJobs: [{ ...unit, trace: '' }] }));
  });

  test('comes to all who wait, as soon as there is one', async () => {
    const { id, pipelineId } = await standing();
    const waiting = Array.from({ length: 20 }, () => wait(id, '?wait=20'));
    await eventually(() => expect(world.waiters(id)).toBe(20));
    world.simulator.apply(pipelineId, 'cancel');
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(409);
    expect(world.waiters(id)).toBe(0);
  });
});

describe('while the pipeline runs', () => {
  const clock = createFakeClock();

  /** A service whose time stands still. */
  async function withStillService(work: (still: TestService, id: string) => Promise<void>): Promise<void> {
    const still = await startService({ clock });
    try {
      const { id } = await still.trigger({ project: 'group/app', ref: 'main' });
      await work(still, id);
    } finally {
      await still.stop();
    }
  }

  test('one who waits is held for 25 seconds, or as long as asked for', async () => {
    await withStillService(async (still, id) => {
      for (const [query, seconds] of [
        ['', 25],
        ['?wait=1', 1],
        ['?wait=55', 55],
        ['?mode=follow', 25],
      ] as const) {
        const answering = wait(id, query, still);
        await eventually(() => expect(clock.sleeping()).toContain(seconds * 1000));
        await clock.advance(seconds * 1000 - 1);
        expect(clock.sleeping()).toContain(1);
        await clock.advance(1);
        expect((await answering).headers.get('pipeline-trigger-state')).toBe('pending');
      }
    });
  });

  test.concurrent('the answer is 503 without a body, to come again', async () => {
    const { id } = await standing();
    const path = `/v1/triggers/${id}/wait?wait=1`;
    for (const answer of await Promise.all([world.call('GET', path), world.call('POST', path)])) {
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 503, text: '' });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'retry-after': '1',
        'cache-control': 'no-store',
        'pipeline-trigger-state': 'pending',
      });
      expect(answer.headers.has('pipeline-trigger-outcome')).toBe(false);
    }
  });

  test.concurrent('one who follows is sent to the same place', async () => {
    const { id } = await standing();
    const answer = await wait(id, '?mode=follow&wait=1');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 303, text: '' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: 'wait?mode=follow&wait=1',
      'cache-control': 'no-store',
      'pipeline-trigger-state': 'pending',
    });
  });

  test.concurrent('the word is running', async () => {
    const { id } = await standing();
    const answer = await wait(id, '?mode=text&wait=1');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: 'running' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('pipeline-trigger-state')).toBe('pending');
  });

  test('one who hangs up is forgotten', async () => {
    const { id } = await standing();
    const gone = new AbortController();
    const waiting = world.call('GET', `/v1/triggers/${id}/wait`, { signal: gone.signal });
    await isHeld(id);
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await eventually(() => expect(world.waiters(id)).toBe(0));
  });
});

describe('a wait that is refused', () => {
  test('gets status 404 when the trigger is unknown', async () => {
    const answer = await wait('trg_unknown', '?mode=text');
    expect(answer.json).toMatchObject({ type: '/problems/not_found', status: 404 });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('gets status 410 when the trigger was pruned', async () => {
    const { id } = await world.trigger({ project: 'group/nowhere', ref: 'main' });
    const { finishedAt } = await world.finished(id);
    await world.service.store.prune(Date.parse(finishedAt ?? '') + 1, Date.now() + 1);
    for (const path of ['/wait', '/wait?mode=follow', '', '/events', '/log']) {
      const answer = await world.call('GET', `/v1/triggers/${id}${path}`);
      expect(answer.json).toMatchObject({ type: '/problems/pruned', status: 410, title: 'No longer kept' });
      expect(answer.status).toBe(410);
    }
  });

  test.each([
    ['wait=0'],
    ['wait=56'],
    ['wait=-1'],
    ['wait=1.5'],
    ['wait=1s'],
    ['wait='],
    ['mode=fast'],
    ['mode='],
  ])('gets status 400 for ?%s', async (query) => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    const answer = await wait(id, `?${query}`);
    expect(answer.json).toMatchObject({ type: '/problems/invalid', status: 400 });
    expect(answer.status).toBe(400);
  });
});
