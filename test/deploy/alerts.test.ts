import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isInstalled } from '../support/is-installed.ts';
import { repository, run } from '../support/run-command.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Samples of one minute each, as promtool writes them: `0+2x5` is 0, 2, 4, 6, 8, 10. */
type Series = Readonly<Record<string, string>>;

interface Case {
  readonly alert: string;
  /** When it is looked whether it fires, in minutes. */
  readonly at: number;
  readonly fires: Series;
  /** As near as it gets without being what the alert is for. */
  readonly silent: Series;
}

const hooks = (result: string): string => `pipeline_trigger_hooks_total{result="${result}"}`;
const answers = (status: string, route = 'GET /v1/triggers'): string =>
  `pipeline_trigger_http_requests_total{route="${route}",status="${status}"}`;
const pending = (state: string): string => `pipeline_trigger_pending_triggers{state="${state}"}`;
const callbacks = (result: string): string => `pipeline_trigger_callbacks_total{result="${result}"}`;
const gitlab = (status: string): string =>
  `pipeline_trigger_gitlab_request_seconds_count{route="GET /projects/:id",status="${status}"}`;
const commits = (le: string): string => `pipeline_trigger_commit_seconds_bucket{le="${le}"}`;
const rateLimit = 'pipeline_trigger_gitlab_rate_limit_remaining';

const cases: readonly Case[] = [
  {
    alert: 'PipelineTriggerSweepSaves',
    at: 40,
    fires: { pipeline_trigger_sweep_recovered_total: '0+1x60' },
    silent: { pipeline_trigger_sweep_recovered_total: '0+1x2 2x60' },
  },
  {
    alert: 'PipelineTriggerNoHooks',
    at: 80,
    fires: { [pending('running')]: '1x90', [hooks('accepted')]: '7x90', [hooks('refused')]: '0x90' },
    silent: { [pending('running')]: '1x90', [hooks('ignored')]: '7x50 8x40' },
  },
  {
    alert: 'PipelineTriggerProjectsWithoutHook',
    at: 30,
    fires: { pipeline_trigger_projects_without_hook: '0x10 1x30' },
    silent: { pipeline_trigger_projects_without_hook: '0x10 1x5 0x20' },
  },
  {
    alert: 'PipelineTriggerHooksRefused',
    at: 20,
    fires: { [hooks('refused')]: '0+1x30' },
    silent: { [hooks('refused')]: '0+1x3 3x30' },
  },
  {
    alert: 'PipelineTriggerHooksInvalid',
    at: 20,
    fires: { [hooks('invalid')]: '0+1x30' },
    silent: { [hooks('invalid')]: '0+1x3 3x30' },
  },
  {
    alert: 'PipelineTriggerHooksNotStored',
    at: 10,
    fires: { [hooks('failed')]: '0x7 1x9' },
    silent: { [hooks('failed')]: '3x20', [hooks('duplicate')]: '0+9x20' },
  },
  {
    alert: 'PipelineTriggerRequestsFail',
    at: 25,
    fires: { [answers('200')]: '0+10x30', [answers('503')]: '0+1x30' },
    // Who waits is told to go on, and a probe is told to look elsewhere.
    silent: {
      [answers('200')]: '0+10x30',
      [answers('pending')]: '0+90x30',
      [answers('503', 'GET /readyz')]: '0+60x30',
    },
  },
  {
    alert: 'PipelineTriggerCallbacksFail',
    at: 25,
    fires: { [callbacks('delayed')]: '0+1x30' },
    silent: { [callbacks('delayed')]: '0+1x3 3x30', [callbacks('delivered')]: '0+9x30' },
  },
  {
    alert: 'PipelineTriggerCallbacksFail',
    at: 25,
    fires: { [callbacks('given_up')]: '0x20 1x10' },
    silent: { [callbacks('given_up')]: '1x30' },
  },
  {
    alert: 'PipelineTriggerGitLabErrors',
    at: 25,
    fires: { [gitlab('200')]: '0+10x30', [gitlab('none')]: '0+3x30' },
    silent: { [gitlab('200')]: '0+10x30', [gitlab('502')]: '0+2x30', [gitlab('404')]: '0+9x30' },
  },
  {
    alert: 'PipelineTriggerRateLimitLow',
    at: 20,
    fires: { [rateLimit]: '99x30' },
    silent: { [rateLimit]: '100x30' },
  },
  {
    alert: 'PipelineTriggerNotStarted',
    at: 20,
    fires: { [pending('requested')]: '1x30' },
    silent: { [pending('requested')]: '1x10 0 1x20', [pending('running')]: '0x30' },
  },
  {
    alert: 'PipelineTriggerSlowCommits',
    at: 25,
    fires: { [commits('1')]: '0+10x30', [commits('5')]: '0+20x30', [commits('+Inf')]: '0+20x30' },
    silent: { [commits('1')]: '0+20x30', [commits('5')]: '0+20x30', [commits('+Inf')]: '0+20x30' },
  },
  {
    alert: 'PipelineTriggerEventLoopLag',
    at: 20,
    fires: { pipeline_trigger_event_loop_lag_seconds: '0.6x30' },
    silent: { pipeline_trigger_event_loop_lag_seconds: '0.5x30' },
  },
];

const rules = path.join(repository, 'deploy/alerts.yaml');

const hasPromtool = isInstalled('promtool');
const unavailable = hasPromtool ? '' : ' (skipped: promtool is not installed)';

describe.skipIf(!hasPromtool)(`promtool${unavailable}`, () => {
  const directory = makeTemporaryDirectory();
  afterAll(directory.remove);

  /** Which alerts, of all that there are, must fire at a time. */
  async function mustFire(series: Series, at: number, alerts: readonly string[]): Promise<void> {
    const file = path.join(directory.path, 'alerts.json');
    const exp_samples = alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 }));
    const firing = 'count by (alertname) (ALERTS{alertstate="firing"})';
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: [rules],
        tests: [
          {
            interval: '1m',
            input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
            promql_expr_test: [{ expr: firing, eval_time: `${at}m`, exp_samples }],
          },
        ],
      }),
    );
    const { code, stdout, stderr } = await run('promtool', ['test', 'rules', file]);
    expect(code, stdout + stderr).toBe(0);
  }

  test('finds nothing wrong with the rules', async () => {
    const { code, stdout, stderr } = await run('promtool', ['check', 'rules', '--lint-fatal', rules]);
    expect(code, stdout + stderr).toBe(0);
  });

  test.each(cases)('$alert fires, and nothing else does', ({ alert, at, fires }) =>
    mustFire(fires, at, [alert]),
  );

  test.each(cases)('$alert stays silent, and so does all else', ({ at, silent }) => mustFire(silent, at, []));
});

test('every alert is tried out', () => {
  const { groups } = parse(readFileSync(rules, 'utf8')) as {
    groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
  };
  const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
  expect([...new Set(cases.map(({ alert }) => alert))].toSorted()).toEqual(alerts.toSorted());
});
