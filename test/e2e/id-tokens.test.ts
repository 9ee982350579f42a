import { afterAll, describe, expect, test } from 'vitest';
import { runTrigger } from '../cli/trigger/support/start-trigger.ts';
import { followWithCurl, hasCurl } from '../support/curl.ts';
import { eventually } from '../support/eventually.ts';
import { audience, policyFile, startJob } from '../support/id-tokens.ts';
import type { CiJob } from '../support/id-tokens.ts';
import { install } from '../support/service-process.ts';

describe('a CI job without a secret', async () => {
  const policy = policyFile(`
rules:
  - from: {project_path: group/green}
    to: {project: group/manual, ref: main, onManual: play, variables: {TARGET: staging}}
`);
  afterAll(policy.remove);
  const env = { OIDC_AUDIENCE: audience, POLICY_FILE: policy.file, ADMIN_TOKEN: '' };
  const { url, simulator } = await install({ env }, afterAll);

  /** What a runner sets for the job. */
  const environmentOf = async (job: CiJob) => ({
    CI_PROJECT_ID: String(job.projectId),
    CI_PROJECT_PATH: job.project,
    CI_PIPELINE_ID: String(job.pipelineId),
    CI_JOB_ID: String(job.jobId),
    PIPELINE_TRIGGER_URL: url,
    PIPELINE_TRIGGER_ID_TOKEN: await job.token(),
  });
  const run = async (job: CiJob, target: string) =>
    runTrigger(
      ['-t', 'main', '--on-manual', 'play', '-e', `TARGET=${target}`, 'group/manual'],
      await environmentOf(job),
    );

  test('`trigger` waits for the pipeline that the policy allows', async () => {
    const { code, stderr } = await run(await startJob(simulator, 'group/green'), 'staging');
    expect(code, stderr).toBe(0);
    expect(simulator.pipelines('group/manual')).toMatchObject([{ status: 'success' }]);
  });

  test('`trigger` says why it is denied, and makes nothing', async () => {
    const before = simulator.pipelines('group/manual').length;
    const { code, stderr } = await run(await startJob(simulator, 'group/green'), 'production');
    expect(code).toBe(1);
    expect(stderr).toContain('rule 1 does not allow to.variables: TARGET with this value');
    const other = await run(await startJob(simulator, 'group/failing'), 'staging');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('the policy has no rule for jobs of group/failing');
    expect(simulator.pipelines('group/manual')).toHaveLength(before);
  });

  test.runIf(hasCurl)('curl waits as well, through all redirects', async () => {
    const job = await startJob(simulator, 'group/green');
    const request = { project: 'group/manual', ref: 'main', onManual: 'play' };
    const { code, stdout } = await followWithCurl(url, request, { job: job.jobId, token: await job.token() });
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'success' });
    expect(code).toBe(0);
  });
});

test('a service without a policy says at the start that id_tokens may start nothing', async () => {
  const { log } = await install({ env: { OIDC_AUDIENCE: audience } });
  const warning = 'POLICY_FILE: id_tokens are accepted but may start nothing';
  await eventually(() => expect(log()).toContain(warning));
});
