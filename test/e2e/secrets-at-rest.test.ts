import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { apiToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken } from '../support/start-service.ts';

const newKey = (): string => randomBytes(32).toString('base64');
/** What reads the pipeline is the caller's own token, which lies in the database. */
const request = { project: 'group/app', ref: 'main', apiToken };
const withoutOwnToken = { GITLAB_TOKEN: '' };

describe.concurrent('the encryption key', { timeout: 300_000 }, () => {
  test('is replaced over two restarts, and what was stored before stays readable', async ({
    onTestFinished,
  }) => {
    const [old, fresh] = [newKey(), newKey()];
    const env = { ...withoutOwnToken, ENCRYPTION_KEY: old };
    const installation = await install({ hooks: false, env }, onTestFinished);
    const { simulator, trigger, pipelineOf, call, finished, service, startAgain, log } = installation;
    const { id } = await trigger(request);
    const pipelineId = await pipelineOf(id);
    await service.end('SIGTERM');
    const rotating = await startAgain({ ENCRYPTION_KEY: `${fresh},${old}` });
    expect(log()).toMatch(/"rotated":1,"msg":"encrypted anew with the first key"/);
    await rotating.end('SIGTERM');
    await startAgain({ ENCRYPTION_KEY: fresh });
    for (const job of ['build', 'unit'])
      for (const event of ['run', 'success'] as const) simulator.apply(pipelineId, event, [job]);
    await call('POST', `/v1/triggers/${id}/reconcile`);
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    expect(simulator.requests.at(-1)?.headers['private-token']).toBe(apiToken);
  });

  test('that opens nothing of what is stored stops the start, and loses nothing', async ({
    onTestFinished,
  }) => {
    const [old, wrong] = [newKey(), newKey()];
    const env = { ...withoutOwnToken, ENCRYPTION_KEY: old };
    const { trigger, pipelineOf, service, start, startAgain, show } = await install(
      { hooks: false, env },
      onTestFinished,
    );
    const { id } = await trigger(request);
    await pipelineOf(id);
    await service.end('SIGTERM');
    const refused = start({ ENCRYPTION_KEY: wrong });
    await refused.ended;
    expect(await refused.end('SIGKILL')).toMatchObject({ code: 2 });
    expect(refused.log()).toMatch(/^pipeline-trigger: ENCRYPTION_KEY: what 1 of the requests brought .*\n$/);
    expect(refused.log()).not.toContain(wrong);
    await startAgain();
    expect(await show(id)).toMatchObject({ state: 'pending' });
  });
});

test('a crash is logged in one line, without the properties of the error', async ({ onTestFinished }) => {
  const { service } = await install({ inside: true }, onTestFinished);
  await service.ask({ crash: adminToken });
  await eventually(() => expect(service.hasEnded()).toBe(true));
  expect(await service.end('SIGKILL')).toMatchObject({ code: 1, signal: null });
  const last = service.log().trim().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({ level: 60, msg: 'crashed' });
  expect(last).toContain('cannot send [redacted]');
  expect(service.log()).not.toContain(adminToken);
});
