import { afterAll, describe, expect, test } from 'vitest';
import { followWithCurl, hasCurl } from '../support/curl.ts';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';
import { startProxy } from '../support/start-proxy.ts';
import { openSkies } from '../support/fault-injection.ts';

const app = { project: 'group/app', ref: 'main' };

/** The one pipeline of `group/app`, once it is there. */
const onlyPipeline = ({ simulator }: Installation): Promise<number> =>
  eventually(() => {
    const [pipeline, ...others] = simulator.pipelines('group/app');
    expect(others).toEqual([]);
    if (pipeline === undefined) throw new Error('there is no pipeline yet');
    return pipeline.id;
  });

function succeed({ simulator }: Installation, pipelineId: number): void {
  for (const job of ['build', 'unit'])
    for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
}

const curlSkies = openSkies.map(({ name, begin }) => ({
  name: `a job with nothing but curl, ${name}`,
  begin,
}));

describe.skipIf(!hasCurl).concurrent.each(curlSkies)('$name', { timeout: 300_000 }, ({ begin }) => {
  test('waits through a restart of the service, with one pipeline', async ({ onTestFinished }) => {
    const installation = await begin({}, onTestFinished);
    const waiting = followWithCurl(installation.url, app);
    const pipelineId = await onlyPipeline(installation);
    await installation.service.end('SIGTERM');
    await installation.startAgain();
    succeed(installation, pipelineId);
    const { code, stdout } = await waiting;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'success', pipelineId });
    expect(installation.simulator.pipelines('group/app')).toHaveLength(1);
  });

  test('waits through a restart during which the pipeline fails', async ({ onTestFinished }) => {
    const installation = await begin({}, onTestFinished);
    const waiting = followWithCurl(installation.url, app);
    const pipelineId = await onlyPipeline(installation);
    await installation.service.end('SIGTERM');
    installation.simulator.apply(pipelineId, 'run', ['build']);
    installation.simulator.apply(pipelineId, 'drop', ['build']);
    await installation.startAgain();
    const { code, stdout } = await waiting;
    expect(code).toBe(22);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 424,
      failedJobs: [{ name: 'build' }],
      trigger: { pipelineId },
    });
    expect(installation.simulator.pipelines('group/app')).toHaveLength(1);
  });
});

describe.skipIf(!hasCurl).concurrent('a job with nothing but curl', { timeout: 300_000 }, () => {
  test('waits behind a proxy that cuts silent connections', async ({ onTestFinished }) => {
    const installation = await install({}, onTestFinished);
    const [proxy, other] = [
      await startProxy(installation.url, 2_000, onTestFinished),
      await startProxy(installation.url, 2_000, onTestFinished),
    ];
    const waiting = followWithCurl(proxy.url, app, { more: '&wait=1' });
    const pipelineId = await onlyPipeline(installation);
    // Meanwhile one who is silent for longer is cut, as the first one would have been.
    const impatient = await followWithCurl(other.url, app, { job: 8 });
    expect(impatient.code).toBe(52);
    expect(other.cut()).toBeGreaterThan(0);
    succeed(installation, pipelineId);
    const { code, stdout } = await waiting;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'success', pipelineId });
    expect(proxy.cut()).toBe(0);
  });
});

describe.skipIf(!hasCurl)('a job with nothing but curl, on a quiet day', async () => {
  const { url, simulator } = await install({}, afterAll);

  test('ends with 0 and the trigger when the pipeline succeeds', async () => {
    const { code, stdout, stderr } = await followWithCurl(url, { project: 'group/green', ref: 'main' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      project: 'group/green',
      state: 'finished',
      outcome: 'success',
    });
    expect(simulator.pipelines('group/green')).toHaveLength(1);
  });

  test('ends with 22 and the reasons when the pipeline fails', async () => {
    const { code, stdout, stderr } = await followWithCurl(
      url,
      { project: 'group/failing', ref: 'main' },
      { job: 8 },
    );
    expect(code).toBe(22);
    expect(stderr).toContain('424');
    expect(JSON.parse(stdout)).toMatchObject({
      type: '/problems/failed',
      status: 424,
      failedJobs: [
        { name: 'unit', stage: 'test', trace: expect.stringMatching(/ERROR: exit code 1$/) as string },
      ],
      trigger: { outcome: 'failed' },
    });
  });

  test('ends with 22 and GitLab’s words when GitLab refuses', async () => {
    const { code, stdout } = await followWithCurl(
      url,
      { project: 'group/green', ref: 'nowhere' },
      { job: 9 },
    );
    expect(code).toBe(22);
    expect(JSON.parse(stdout)).toMatchObject({ status: 422, detail: 'Reference not found' });
  });

  test('gets the same trigger when it is run twice', async () => {
    const manual = { project: 'group/manual', ref: 'main', onManual: 'pass' };
    const [first, second] = await Promise.all([
      followWithCurl(url, manual, { job: 10 }),
      followWithCurl(url, manual, { job: 10 }),
    ]);
    expect(first.code).toBe(0);
    expect(JSON.parse(second.stdout)).toEqual(JSON.parse(first.stdout));
    expect((await followWithCurl(url, manual, { job: 10 })).stdout).toBe(first.stdout);
    expect(simulator.pipelines('group/manual')).toHaveLength(1);
  });
});
