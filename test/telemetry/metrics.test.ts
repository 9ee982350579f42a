import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.ts';
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
        /^(# (HELP|TYPE) pipeline_trigger_\w+ .+|pipeline_trigger_\w+(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? (\d[\d.e+-]*|\+Inf)|)$/,
      );
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

  test('counts hooks that are no news, of no use, or not GitLab’s', async () => {
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
      expect(await valueOf('pipeline_trigger_sweep_saves_total', deaf)).toBe(1);
      expect(await valueOf('pipeline_trigger_sweep_reads_total', deaf)).toBeGreaterThan(0);
      expect(await hooksOf('accepted', deaf)).toBe(0);
      expect(await valueOf('pipeline_trigger_sweep_saves_total')).toBe(0);
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

describe('every metric', () => {
  /** There once GitLab has said so. */
  const later = 'pipeline_trigger_gitlab_rate_limit_remaining';

  test.each(['deploy/alerts.yaml', 'deploy/grafana-dashboard.json', 'docs/observability.md'])(
    'that %s names there is',
    async (file) => {
      const named = namesIn(readFileSync(file, 'utf8'));
      expect(named.size).toBeGreaterThan(5);
      const real = namesIn(await metrics());
      expect([...named].filter((name) => !real.has(name) && name !== later)).toEqual([]);
    },
  );

  test('is told of in docs/observability.md and shown on the dashboard', async () => {
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
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, expr, labels, annotations } of rules) {
    expect(page).toContain(`\`${alert}\``);
    expect(expr).toMatch(/pipeline_trigger_/);
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).not.toBe('');
  }
});
