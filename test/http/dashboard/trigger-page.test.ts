import { describe, expect, test } from 'vitest';
import type { HistoryEntry } from '../../../src/app/diagnostics/show-history.ts';
import type { DeliveryId } from '../../../src/domain/ids.ts';
import { outcomes } from '../../../src/domain/trigger/trigger.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { triggerBadge, triggerWord } from '../../../src/http/dashboard/badges.ts';
import { triggerActions } from '../../../src/http/dashboard/trigger-actions.ts';
import { triggerHistory } from '../../../src/http/dashboard/trigger-history.ts';
import { triggerJobs } from '../../../src/http/dashboard/trigger-jobs.ts';
import { triggerPage } from '../../../src/http/dashboard/trigger.ts';
import { triggerRequest, triggerSummary } from '../../../src/http/dashboard/trigger-summary.ts';
import {
  aJob,
  aPlayed,
  aRunning,
  aTrigger,
  jobId,
  optional,
  pipelineId,
  start,
} from '../../fakes/triggers.ts';
import { plainText } from './plain-text.ts';

const ended = (given: Partial<Extract<Trigger['state'], { kind: 'finished' }>> = {}): Trigger => ({
  ...aRunning(),
  state: {
    kind: 'finished',
    pipeline: { id: pipelineId, projectId: 1, status: 'failed', webUrl: null },
    outcome: 'failed',
    reason: null,
    failedJobs: [],
    finishedAt: start + 60_000,
    ...given,
  },
});
const late = (trigger: Trigger, lastError: string | null): Trigger => ({
  ...trigger,
  state: { kind: 'requested', lastError, inDoubtUntil: null },
});

describe('the badge of a trigger', () => {
  test.each<[string, Trigger, string, string, string]>([
    ['a request on its way', aTrigger(), 'soon', 'starting', 'starting'],
    [
      'a request that GitLab did not answer',
      late(aTrigger(), 'no'),
      'held',
      'GitLab unreachable',
      'starting',
    ],
    [
      'a running pipeline',
      aRunning({}, { status: 'waiting_for_resource' }),
      'soon',
      'waiting for resource',
      'waiting for resource',
    ],
    [
      'a pipeline in a status of a later GitLab',
      aRunning({}, { status: 'dreaming' }),
      'busy',
      'dreaming',
      'dreaming',
    ],
    ['an end', ended({ outcome: 'manual_passed' }), 'good', 'manual passed', 'manual passed'],
  ])('%s', (_name, trigger, variant, word, inTitle) => {
    expect(triggerBadge(trigger).toString()).toContain(`class="badge ${variant}"`);
    expect(plainText(triggerBadge(trigger))).toBe(word);
    expect(triggerWord(trigger)).toBe(inTitle);
  });

  test.each(outcomes.map((outcome) => [outcome]))('of the outcome %s has its own words', (outcome) => {
    expect(plainText(triggerBadge(ended({ outcome })))).toBe(outcome.replaceAll('_', ' '));
  });
});

describe('the summary', () => {
  const now = start + 120_000;
  const summaryOf = (trigger: Trigger, waiters = 3): string =>
    `${plainText(triggerSummary(trigger, { usual: null, now }))} ${plainText(triggerRequest(trigger, { waiters, hook: null, now }))}`;

  test('of a request has no pipeline yet, and a deadline', () => {
    const text = summaryOf(aTrigger({ deadlineSeconds: 300 }));
    expect(text).toMatch(
      /^starting group\/ app main 2m 00s first runs of this ref Request Callers 3 Requested 2 minutes ago by ci Updated 2 minutes ago/,
    );
    expect(text).toContain('Deadline in 3 minutes');
    expect(text).not.toMatch(/#\d|Waits for|Hook|On behalf of|Ended/);
  });

  test('of a running pipeline names it, and up to five jobs', () => {
    const jobs = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => aJob(name, 'running'));
    expect(summaryOf(aRunning({}, { jobs }))).toContain(
      `main #${pipelineId} 2m 00s first runs of this ref Request Waits for a , b , c , d , e and 2 more Callers`,
    );
    expect(summaryOf(aRunning({}, { jobs: jobs.slice(0, 5) }))).toContain(
      'Waits for a , b , c , d , e Callers',
    );
  });

  test('of an end says why and when, and waits for no job any more', () => {
    const trigger = { ...ended({ reason: 'canceled by hand' }), jobs: [aJob('a', 'running')] };
    const text = summaryOf(trigger);
    expect(text).toMatch(
      /^failed group\/ app main #\d+ 1m 00s first runs of this ref canceled by hand Request/,
    );
    expect(text).toContain('Ended 1 minute ago');
    expect(text).not.toMatch(/Waits for|Deadline/);
  });

  test.each([
    [{ onManual: 'fail' as const }, 'end as manual'],
    [{ onManual: 'pass' as const }, 'count as passed'],
    [{ onManual: 'play' as const }, 'play it'],
    [{ onManual: 'play' as const, jobs: ['one', 'two'] }, 'play one, two'],
    [{ onManual: 'fail' as const, jobs: ['one'] }, 'end as manual'],
  ])('says what is done about a manual job: %j', (request, text) => {
    expect(summaryOf(aTrigger(request))).toMatch(new RegExp(`If a manual job blocks ${text} Id trg_`));
  });

  test.each([
    [false, 'On behalf of up/stream #7'],
    [true, 'On behalf of up/stream #7, canceled with it'],
  ])('names the upstream pipeline; canceled with it: %j', (cancelWithUpstream, text) => {
    const upstream = { project: 'up/stream', pipelineId: 7 as typeof pipelineId, jobId: null };
    expect(summaryOf(aTrigger({ upstream, cancelWithUpstream }))).toMatch(new RegExp(`${text} Id trg_`));
  });
});

describe('the jobs', () => {
  const all = { isSteerable: true, mostJobs: 100, withTraces: true, now: start };
  const jobsOf = (trigger: Trigger, given: Partial<typeof all> = {}): string =>
    plainText(triggerJobs(trigger, { ...all, ...given }));

  test('are shown by stage, with what is special about each', () => {
    const jobs = [
      aJob('lint', 'failed', { stage: 'check', failureReason: 'script_failure' }),
      optional('docs', 'success'),
      aJob('unit', 'running'),
    ];
    expect(jobsOf(aRunning({}, { jobs }))).toBe(
      'Pipeline running 2 of 3 jobs done The logs of all jobs, as text check 1 of 1 failed lint failed script_failure test 1 of 2 running docs success allowed unit running',
    );
  });

  test('of which none is known yet say so, and have no logs', () => {
    const text = jobsOf(aRunning());
    expect(text).toContain('No job is known yet');
    expect(text).not.toContain('The logs');
  });

  test.each([
    [aPlayed('go', 'played'), 'go pending played by us other pending'],
    [aPlayed('go', 'intended'), 'go pending to be played by us other pending'],
    [aPlayed('go', 'refused'), 'go pending refused other pending go : GitLab refused: 403 Forbidden'],
    [
      aPlayed('go', 'refused', { refusal: null }),
      'go pending refused other pending go : GitLab refused: no reason given',
    ],
  ])('say what the trigger did about one: %j', (played, text) => {
    const jobs = [aJob('go', 'pending'), aJob('other', 'pending')];
    expect(jobsOf(aRunning({}, { jobs, played: [played] }))).toContain(text);
  });

  test('have a button only where one can be played, by a reader who may', () => {
    const jobs = [aJob('go', 'manual'), aJob('unit', 'running')];
    const trigger = aRunning({}, { jobs });
    expect(jobsOf(trigger)).toContain('go manual Play unit running');
    expect(jobsOf(trigger, { isSteerable: false })).not.toContain('Play');
    expect(triggerJobs(trigger, all).toString().replaceAll(/\s+/g, ' ')).toContain(
      `<button id="play-${jobId('go')}" class="small primary" aria-label="Play go" >`,
    );
  });

  test('that do not all fit are first what failed and what can be played, in their order', () => {
    const jobs = [aJob('a', 'success'), aJob('b', 'failed'), aJob('c', 'success'), aJob('d', 'manual')];
    const trigger = aRunning({}, { jobs });
    expect(jobsOf(trigger, { mostJobs: 3, isSteerable: false })).toContain(
      'a success b failed d manual and 1 more',
    );
    expect(jobsOf(trigger, { mostJobs: 4 })).not.toContain('more');
  });

  test('that failed show the end of their log where there is one and room for it', () => {
    const failedJob = { ...aJob('unit', 'failed'), traceTail: 'assertion failed' };
    const failedJobs = [
      failedJob,
      { ...failedJob, name: 'silent', traceTail: '' },
      { ...failedJob, name: 'unread', traceTail: null },
    ];
    const trigger = ended({ failedJobs });
    expect(jobsOf(trigger)).toContain('The end of the log of unit assertion failed');
    expect(jobsOf(trigger)).not.toMatch(/silent|unread/);
    expect(jobsOf(trigger, { withTraces: false })).not.toContain('assertion');
  });
});

describe('the actions', () => {
  const actionsOf = (trigger: Trigger, mayResolve = true): string =>
    plainText(triggerActions(trigger, { mayResolve, mostJobs: 2 }));
  const titles = (text: string): readonly string[] =>
    [
      'Look at GitLab now',
      'Retry failed jobs',
      'Play manual jobs',
      'Cancel the pipeline',
      'Resolve by hand',
      'there is nothing to steer',
    ].filter((title) => text.includes(title));

  test.each<[string, Trigger, boolean, readonly string[]]>([
    ['a request', aTrigger(), true, ['Cancel the pipeline', 'Resolve by hand']],
    [
      'a running pipeline',
      aRunning(),
      true,
      ['Look at GitLab now', 'Cancel the pipeline', 'Resolve by hand'],
    ],
    ['one, for who may not resolve', aRunning(), false, ['Look at GitLab now', 'Cancel the pipeline']],
    [
      'one with a failed job',
      aRunning({}, { jobs: [optional('a', 'failed')] }),
      false,
      ['Look at GitLab now', 'Retry failed jobs', 'Cancel the pipeline'],
    ],
    [
      'an end with a canceled job',
      { ...ended(), jobs: [aJob('a', 'canceled')] },
      true,
      ['Retry failed jobs'],
    ],
    ['an end with a manual job', { ...ended(), jobs: [aJob('a', 'manual')] }, true, ['Play manual jobs']],
    ['an end', { ...ended(), jobs: [aJob('a', 'success')] }, true, ['there is nothing to steer']],
    [
      'an end without a pipeline',
      { ...ended({ pipeline: null }), jobs: [aJob('a', 'failed')] },
      true,
      ['there is nothing to steer'],
    ],
  ])('of %s', (_name, trigger, mayResolve, expected) => {
    expect(titles(actionsOf(trigger, mayResolve))).toEqual(expected);
  });

  test('offer the manual jobs that there is room for, those that block ticked', () => {
    const jobs = [aJob('run', 'running'), aJob('a', 'manual'), optional('b', 'manual'), aJob('c', 'manual')];
    const markup = triggerActions(aRunning({}, { jobs }), { mayResolve: false, mostJobs: 2 }).toString();
    const boxes = [...markup.matchAll(/<input\s+type="checkbox"[^>]*?value="(\w)"\s*(checked)?\s*\/>/g)];
    expect(boxes.map(([, name, checked]) => [name, checked === 'checked'])).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(plainText(triggerActions(aRunning({}, { jobs }), { mayResolve: false, mostJobs: 2 }))).toContain(
      'a b optional With none ticked',
    );
  });
});

describe('what usually follows', () => {
  const minuteMs = 60_000;
  const usual = { medianMs: 12 * minuteMs, p95Ms: 18 * minuteMs };
  const after = (minutes: number, trigger: Trigger = aRunning()): string =>
    plainText(triggerSummary(trigger, { usual, now: start + minutes * minuteMs }));

  test.each([
    [8, '8m 00s usually 12 min: about 4 min 00 s left · 95 % within 18 min'],
    [14, '14m 00s usually 12 min · 95 % within 18 min'],
    [20, '20m 00s usually 12 min: 8 min 00 s longer than usual'],
  ])('is said of a trigger after %i minutes', (minutes, text) => expect(after(minutes)).toContain(text));

  test('is not counted down while a person is waited for', () => {
    expect(after(3, aRunning({}, { jobs: [aJob('go', 'manual')] }))).toContain(
      'usually 12 min; waits for a person',
    );
  });

  test('has a bar with the elapsed time, the median and the tail', () => {
    const bar = triggerSummary(aRunning(), { usual, now: start + 9 * minuteMs }).toString();
    expect(bar).toContain('class="meter busy"');
    expect(bar).toMatch(/class="done" width="50.0%"/);
    expect(bar).toMatch(/class="usual" x="66.7%"/);
    expect(triggerSummary(aRunning(), { usual, now: start + 36 * minuteMs }).toString()).toMatch(
      /class="meter held"[\s\S]*class="done" width="100.0%"/,
    );
  });
});

describe('the waiting callers', () => {
  type Group = ReturnType<Parameters<typeof triggerPage>[0]['diagnostics']['presence']['of']>[number];

  const aGroup = (given: Partial<Group> = {}): Group => ({
    caller: 'ci',
    from: '192.0.2.1',
    count: 1,
    since: start,
    ...given,
  });
  const pageOf = async (groups: readonly Group[], { role = 'admin', trigger = aTrigger() } = {}) => {
    const page = triggerPage({
      store: {
        find: () => Promise.resolve({ trigger, version: 1 }),
        wasPruned: () => Promise.resolve(false),
      },
      diagnostics: {
        presence: { of: () => groups } as never,
        showHistory: () => Promise.resolve([]),
        hookHealthOf: () => null,
      },
      waiters: { count: () => groups.length },
      approvals: { refusalFor: () => null },
      statistics: { recentDurations: () => Promise.resolve([]) },
      clock: { now: () => start + 60_000 },
    });
    const request = { params: { id: trigger.id }, query: {} };
    const { body } = await page({ request, caller: { id: 'ci', role, projects: null } } as never);
    return plainText(body);
  };

  test('are listed, each with its address, its requests and its time', async () => {
    const text = await pageOf([aGroup(), aGroup({ caller: 'other', from: '192.0.2.2', count: 3 })]);
    expect(text).toContain(
      'Waiting callers ci at 192.0.2.1 since 1 minute ago other at 192.0.2.2 3 requests since 1 minute ago',
    );
  });

  test('have addresses for admins only', async () => {
    expect(await pageOf([aGroup()], { role: 'trigger' })).toContain('Waiting callers ci since 1 minute ago');
  });

  test('are said to be none where there are none', async () => {
    expect(await pageOf([])).toContain('No caller is waiting now');
  });

  test('are not shown of a trigger that has ended', async () => {
    expect(await pageOf([aGroup()], { trigger: ended() })).not.toContain('Waiting callers');
  });

  test.each([
    [50, null],
    [51, 'and 1 more'],
  ])('are the first 50 of %i, and the number of the others', async (count, more) => {
    const text = await pageOf(Array.from({ length: count }, (_, index) => aGroup({ caller: `c${index}` })));
    expect(text).toContain('c0 at');
    expect(text).toContain('c49 at');
    expect(/and \d+ more/.exec(text)?.[0] ?? null).toBe(more);
  });
});

describe('the timeline', () => {
  const entry = (given: Partial<HistoryEntry>): HistoryEntry => ({
    at: start,
    until: null,
    count: 1,
    kind: 'status',
    text: 'running',
    because: null,
    deliveryId: null,
    ...given,
  });
  const options = { from: start - 60_000, more: '/more', mayOpen: true, most: 1_000 };
  const timelineOf = (entries: readonly HistoryEntry[], given: Partial<typeof options> = {}) =>
    triggerHistory(entries, { ...options, ...given });

  test('has the latest first, with how often and why', () => {
    const entries = [
      entry({ kind: 'request', text: 'asked for' }),
      entry({ kind: 'read', text: 'looked', until: start + 240_000, count: 2 }),
      entry({ because: 'a hook', kind: 'decision', text: 'success' }),
    ];
    expect(plainText(timelineOf(entries))).toBe(
      'Timeline UTC · offsets from the request · latest first 00:00:00 +1 min 00 s outcome success a hook 00:04:00 +5 min 00 s read looked 2 times 00:00:00 +1 min 00 s start asked for',
    );
  });

  test('has what one delivery changed in one moment as one line, and the delivery itself behind a switch', () => {
    const deliveryId = 'dlv_1' as DeliveryId;
    const entries = [
      entry({ kind: 'delivery', text: 'a Pipeline Hook', deliveryId }),
      entry({ kind: 'job', text: 'job a is created', because: 'a hook', deliveryId }),
      entry({ kind: 'job', text: 'job b is created', because: 'a hook', deliveryId }),
    ];
    expect(plainText(timelineOf(entries))).toMatch(
      /job job a is created, job b is created a hook Raw deliveries 1 .* hook a Pipeline Hook show$/,
    );
  });

  test.each<[string, Partial<HistoryEntry>, boolean, string | null]>([
    ['a delivery', { kind: 'delivery' }, true, 'show'],
    ['a delivery, for who may not open it', { kind: 'delivery' }, false, null],
    ['a cause', { because: 'a hook' }, true, 'a hook'],
    ['nothing', {}, true, null],
  ])('links to the delivery: %s', (_name, given, mayOpen, link) => {
    const line = entry({ ...given, deliveryId: 'dlv_1' as DeliveryId });
    const found = /<a href="\/deliveries\/dlv_1">([^<]*)<\/a>/.exec(
      timelineOf([line], { mayOpen }).toString(),
    );
    expect(found?.[1] ?? null).toBe(link);
  });

  test('shows a cause without a link where there is no delivery, or it may not be opened', () => {
    for (const [deliveryId, mayOpen] of [
      [null, true],
      ['dlv_1' as DeliveryId, false],
    ] as const) {
      const markup = timelineOf([entry({ because: 'a hook', deliveryId })], { mayOpen });
      expect(plainText(markup)).toContain('running a hook');
      expect(markup.toString()).not.toContain('<a');
    }
  });

  test.each([
    ['100 on the first page', 101, {}, 100, true],
    ['no more than exist', 100, {}, 100, false],
    ['fewer where there is no room', 30, { most: 10 }, 10, true],
    ['all of them if asked', 150, { more: null }, 150, false],
    ['what there is room for if asked for all', 150, { more: null, most: 120 }, 120, false],
  ])('shows the newest lines: %s', (_name, count, given, shown, hasLink) => {
    const entries = Array.from({ length: count }, (_, index) => entry({ text: `line ${index}` }));
    const markup = timelineOf(entries, given as Partial<typeof options>).toString();
    expect(markup.match(/<li /g)).toHaveLength(shown);
    expect(markup).toContain(`line ${count - 1}<`);
    expect(markup.includes(`Show all ${count} entries`)).toBe(hasLink);
  });
});
