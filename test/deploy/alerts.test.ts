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
const gitlab = (status: string): string =>
  `pipeline_trigger_gitlab_request_seconds_count{route="GET /projects/:id",status="${status}"}`;
const released = (le: string): string => `pipeline_trigger_release_lag_seconds_bucket{le="${le}"}`;

const cases: readonly Case[] = [
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
    // Callers who have to go on waiting get a 503, and so does a probe.
    silent: {
      [answers('200')]: '0+10x30',
      [answers('pending')]: '0+90x30',
      [answers('503', 'GET /readyz')]: '0+60x30',
    },
  },
  {
    alert: 'PipelineTriggerGitLabErrors',
    at: 25,
    fires: { [gitlab('200')]: '0+10x30', [gitlab('none')]: '0+3x30' },
    silent: { [gitlab('200')]: '0+10x30', [gitlab('502')]: '0+2x30', [gitlab('404')]: '0+9x30' },
  },
  {
    alert: 'PipelineTriggerGitLabErrors',
    at: 40,
    fires: { [pending('requested')]: '1x60' },
    silent: { [pending('requested')]: '1x10 0 1x20 0 1x20', [pending('running')]: '0x60' },
  },
  {
    alert: 'PipelineTriggerCallersWaitLong',
    at: 40,
    fires: { [released('60')]: '0+10x60', [released('120')]: '0+20x60', [released('+Inf')]: '0+20x60' },
    silent: { [released('60')]: '0+20x60', [released('120')]: '0+20x60', [released('+Inf')]: '0+20x60' },
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
