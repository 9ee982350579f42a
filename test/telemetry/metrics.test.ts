import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Meter } from '../../src/app/ports/meter.ts';
import { callbackResults, hookResults } from '../../src/app/ports/meter.ts';
import { eventually } from '../support/eventually.ts';
import { isInstalled } from '../support/is-installed.ts';
import { scenario } from '../support/scenario.ts';
import { startService, webhookSecret } from '../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

async function metrics(of = world): Promise<string> {
  const answer = await of.call('GET', '/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return answer.text;
}

/** The value of a sample; undefined when there is none. */
async function valueOf(sample: string, of = world): Promise<number | undefined> {
  const line = (await metrics(of)).split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

const hooksOf = (result: string, of = world) =>
  valueOf(`pipeline_trigger_hooks_total{result="${result}"}`, of);

/** The names that samples go by, histograms' parts under their histogram's. */
const namesIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/pipeline_trigger_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')),
  );

describe('/metrics', () => {
  test('is for those who have a key', async () => {
    expect((await world.call('GET', '/metrics', { token: null })).status).toBe(401);
  });

  test('is in Prometheus’ text format, each metric with its help and type', async () => {
    for (const line of (await metrics()).trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) (pipeline_trigger|process|nodejs)_\w+ .+|(pipeline_trigger|process|nodejs)_\w+(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? (\d[\d.e+-]*|\+Inf|Nan)|)$/,
      );
  });

  test('has each kind of result from the start, the first and the last as well', async () => {
    const text = await createMetrics().text();
    for (const result of hookResults) expect(text).toContain(`hooks_total{result="${result}"} 0\n`);
    for (const result of callbackResults) expect(text).toContain(`callbacks_total{result="${result}"} 0\n`);
    expect([hookResults[0], hookResults.at(-1)]).toEqual(['accepted', 'failed']);
    expect([callbackResults[0], callbackResults.at(-1)]).toEqual(['delivered', 'given_up']);
  });

  test('counts hooks, what was stored together, and how long it took to whom', async () => {
    const { id } = await world.trigger({ project: 'group/green', ref: 'main' });
    await world.finished(id);
    expect(await hooksOf('accepted')).toBeGreaterThan(0);
    expect(await valueOf('pipeline_trigger_commit_deliveries_sum')).toBeGreaterThan(0);
    expect(await valueOf('pipeline_trigger_commit_seconds_count')).toBeGreaterThan(0);
    expect(await valueOf('pipeline_trigger_hook_lag_seconds_count')).toBeGreaterThan(0);
    expect(await valueOf('pipeline_trigger_release_lag_seconds_count')).toBe(1);
    const created = '{le="+Inf",route="POST /projects/:id/pipeline",status="201"}';
    expect(await valueOf(`pipeline_trigger_gitlab_request_seconds_bucket${created}`)).toBe(1);
  });

  test('counts hooks that are no payload, of no use, or not GitLab’s', async () => {
    const send = (token: string, id: string) =>
      world.call('POST', '/webhooks/gitlab', {
        token: null,
        body: {},
        headers: { 'x-gitlab-token': token, 'x-gitlab-event': 'Push Hook', 'webhook-id': id },
      });
    await send(webhookSecret, 'once');
    await send(webhookSecret, 'once');
    await send('wrong', 'never');
    expect(await hooksOf('ignored')).toBe(1);
    expect(await hooksOf('duplicate')).toBe(1);
    expect(await hooksOf('refused')).toBe(1);
  });

  test('shows who waits for what, and nobody once they have gone', async () => {
    const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
    await world.pipelineOf(id);
    const gone = new AbortController();
    const waiting = world.call('GET', `/v1/triggers/${id}/wait`, { signal: gone.signal });
    await eventually(async () => expect(await valueOf('pipeline_trigger_waiters')).toBe(1));
    expect(await valueOf('pipeline_trigger_pending_triggers{state="running"}')).toBe(1);
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await eventually(async () => expect(await valueOf('pipeline_trigger_waiters')).toBe(0));
  });

  test('counts what the sweep saved when hooks are lost, and no more', async () => {
    const deaf = await startService({ hooks: false, env: { SWEEP_SECONDS: '1' } });
    const stopping = new AbortController();
    const swept = deaf.service.engine.sweep.run(stopping.signal);
    try {
      const { id } = await deaf.trigger({ project: 'group/green', ref: 'main' });
      await deaf.finished(id);
      expect(await valueOf('pipeline_trigger_sweep_recovered_total', deaf)).toBe(1);
      expect(await valueOf('pipeline_trigger_sweep_reads_total', deaf)).toBeGreaterThan(0);
      expect(await hooksOf('accepted', deaf)).toBe(0);
      expect(await valueOf('pipeline_trigger_sweep_recovered_total')).toBe(0);
    } finally {
      stopping.abort();
      await swept;
      await deaf.stop();
    }
  });

  test('counts plays', async () => {
    const { id } = await world.trigger({ project: 'group/manual', ref: 'main', onManual: 'play' });
    await world.finished(id);
    expect(await valueOf('pipeline_trigger_plays_total{result="played"}')).toBe(1);
  });

  test('names no project, branch, pipeline or secret, and has no more samples for more of them', async () => {
    const before = (await metrics()).split('\n').length;
    for (let count = 0; count < 5; count += 1) {
      const { id } = await world.trigger({ project: 'group/green', ref: 'feature/slash' });
      await world.finished(id);
    }
    const text = (await metrics()).replaceAll(/^#.*$/gm, '');
    expect(text.split('\n').length).toBeLessThan(before + 20);
    for (const name of ['group', 'green', 'feature', 'admin-token', 'webhook-secret', 'glpat'])
      expect(text).not.toContain(name);
  });
});

describe('what is measured', () => {
  const measurements: readonly (readonly [string, (meter: Meter) => void, readonly string[]])[] = [
    ['a hook', (meter) => meter.hookReceived('invalid'), ['hooks_total{result="invalid"} 1']],
    [
      'a request',
      (meter) => meter.requestAnswered('GET /v1/triggers/:id/wait', 'pending'),
      ['http_requests_total{route="GET /v1/triggers/:id/wait",status="pending"} 1'],
    ],
    [
      'the lag of a hook',
      (meter) => meter.hookStored(1_500),
      ['hook_lag_seconds_sum 1.5', 'hook_lag_seconds_bucket{le="1"} 0', 'hook_lag_seconds_bucket{le="2"} 1'],
    ],
    [
      'the lag of a release',
      (meter) => meter.waiterReleased(90_000),
      ['release_lag_seconds_sum 90', 'release_lag_seconds_bucket{le="60"} 0', 'release_lag_seconds_count 1'],
    ],
    [
      'a commit',
      (meter) => meter.committed(7, 30),
      [
        'commit_deliveries_sum 7',
        'commit_deliveries_bucket{le="5"} 0',
        'commit_deliveries_bucket{le="10"} 1',
        'commit_seconds_sum 0.03',
        'commit_seconds_bucket{le="0.025"} 0',
      ],
    ],
    ['a read of the sweep', (meter) => meter.sweepRead(), ['sweep_reads_total 1']],
    ['an outcome recovered by the sweep', (meter) => meter.sweepRecovered(), ['sweep_recovered_total 1']],
    [
      'a request to GitLab',
      (meter) => meter.gitlabAnswered('GET /version', 429, 200),
      ['gitlab_request_seconds_sum{route="GET /version",status="429"} 0.2'],
    ],
    [
      'what GitLab did not answer',
      (meter) => meter.gitlabAnswered('GET /version', null, 200),
      ['gitlab_request_seconds_count{route="GET /version",status="none"} 1'],
    ],
    [
      'a status that a proxy makes up',
      (meter) => meter.gitlabAnswered('GET /version', 520, 200),
      ['gitlab_request_seconds_count{route="GET /version",status="5xx"} 1'],
    ],
    ['GitLab’s rate limit', (meter) => meter.rateLimitLeft(42), ['gitlab_rate_limit_remaining 42']],
    [
      'a play',
      (meter) => meter.gitlabAnswered('POST /jobs/:id/play', 200, 1),
      ['plays_total{result="played"} 1'],
    ],
    [
      'a play refused',
      (meter) => meter.gitlabAnswered('POST /jobs/:id/play', 403, 1),
      ['plays_total{result="refused"} 1'],
    ],
    [
      'a play unclear',
      (meter) => meter.gitlabAnswered('POST /jobs/:id/play', null, 1),
      ['plays_total{result="unclear"} 1'],
    ],
    ['a callback', (meter) => meter.callbackTried('given_up'), ['callbacks_total{result="given_up"} 1']],
  ];

  test.each(measurements)('%s gives the expected samples', async (_what, measure, samples) => {
    const { meter, text } = createMetrics();
    measure(meter);
    const lines = (await text()).split('\n');
    expect(lines).toEqual(expect.arrayContaining(samples.map((sample) => `pipeline_trigger_${sample}`)));
  });

  test('an event loop that is held up is late', async () => {
    const { watch, text } = createMetrics();
    const nobody = { pending: () => Promise.resolve({ requested: 0, running: 0 }), version: '0.0.0' };
    watch({ ...nobody, waiters: () => 0, projectsWithoutHook: () => 0, droppedLogLines: () => 0 });
    const lag = async () =>
      Number(/^nodejs_eventloop_lag_p99_seconds (.+)$/m.exec(await text())?.[1] ?? 'NaN');
    const holdUp = setInterval(() => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    }, 50);
    try {
      // Seldom: who looks begins anew, and what is late then is seen from the next turn on.
      await vi.waitFor(async () => expect(await lag()).toBeGreaterThan(0.1), {
        timeout: 300_000,
        interval: 500,
      });
    } finally {
      clearInterval(holdUp);
    }
  });
});

describe('of a service', () => {
  test('triggers that GitLab was not asked for yet, and what GitLab says of its limit', async () => {
    const limited = await startService({
      scenario: { ...scenario, rateLimit: { requests: 500, periodSeconds: 60 } },
    });
    try {
      const left = 'pipeline_trigger_gitlab_rate_limit_remaining';
      expect(await valueOf(left, limited)).toBeUndefined();
      const { id } = await limited.trigger({ project: 'group/app', ref: 'main' });
      await limited.pipelineOf(id);
      expect(await valueOf(left, limited)).toBeLessThan(500);
      expect(await valueOf(left, limited)).toBeGreaterThan(400);
      limited.simulator.faults.api.push({ kind: 'hang' });
      await limited.trigger({ project: 'group/app', ref: 'main' });
      expect(await valueOf('pipeline_trigger_pending_triggers{state="requested"}', limited)).toBe(1);
      expect(await valueOf('pipeline_trigger_pending_triggers{state="running"}', limited)).toBe(1);
    } finally {
      await limited.stop();
    }
  });

  test('projects that pending triggers wait for without a hook', async () => {
    const deaf = await startService({ hooks: false, env: { SWEEP_SECONDS: '1' } });
    const watching = new AbortController();
    const watched = deaf.service.hookWatch.run(watching.signal);
    try {
      const without = () => valueOf('pipeline_trigger_projects_without_hook', deaf);
      expect(await without()).toBe(0);
      await deaf.trigger({ project: 'group/app', ref: 'main' });
      await eventually(async () => expect(await without()).toBe(1));
    } finally {
      watching.abort();
      await watched;
      await deaf.stop();
    }
  });
});

const hasPromtool = isInstalled('promtool');
const unavailable = hasPromtool ? '' : ' (skipped: promtool is not installed)';

test.skipIf(!hasPromtool)(`promtool finds nothing wrong with the metrics${unavailable}`, async () => {
  const check = (input: string) => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    return { status, stderr };
  };
  // prom-client's own names of Node's metrics are not all as promtool likes them.
  const text = `${(await metrics())
    .split('\n')
    .filter((line) => line.includes('pipeline_trigger_'))
    .join('\n')}\n`;
  expect(check(text)).toEqual({ status: 0, stderr: '' });
  expect(check(text.replaceAll('plays_total', 'plays')).stderr).toContain('_total');
});

describe('every metric', () => {
  /** There once GitLab has said so. */
  const later = 'pipeline_trigger_gitlab_rate_limit_remaining';

  test.each(['deploy/alerts.yaml', 'deploy/grafana-dashboard.json', 'docs/observability.md'])(
    'that %s names there is',
    async (file) => {
      const named = namesIn(readFileSync(file, 'utf8'));
      expect(named.size).toBeGreaterThan(4);
      const real = namesIn(await metrics());
      expect([...named].filter((name) => !real.has(name) && name !== later)).toEqual([]);
    },
  );

  test('is documented in docs/observability.md and shown on the dashboard', async () => {
    const real = namesIn(await metrics());
    for (const file of ['docs/observability.md', 'deploy/grafana-dashboard.json']) {
      const named = namesIn(readFileSync(file, 'utf8'));
      expect([...real].filter((name) => !named.has(name))).toEqual([]);
    }
  });
});

test('every alert says what is the matter, and the page what to do', () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string };
  }
  const { groups } = parse(readFileSync('deploy/alerts.yaml', 'utf8')) as {
    groups: readonly { readonly rules: readonly Rule[] }[];
  };
  const page = readFileSync('docs/observability.md', 'utf8');
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBe(4);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(page).toContain(`\`${alert}\``);
    expect(expr).toMatch(/pipeline_trigger_/);
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
  }
});
