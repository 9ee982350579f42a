import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { canary, canaryKey, secretVariables } from '../support/canary.ts';
import { eventually } from '../support/eventually.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { node, run, runCli } from '../support/run-command.ts';
import { apiToken, triggerToken } from '../support/scenario.ts';
import { install } from '../support/service-process.ts';
import { adminToken, webhookSecret } from '../support/start-service.ts';
import { startStubServer } from '../support/start-stub-server.ts';
import { trigger as triggerCommand } from '../support/built.ts';

/** Signed with the canary in its claims and in its key. */
function madeUpToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', kid: canary })}.${part({ iss: 'https://gitlab.test', sub: canary })}`;
  return `${signed}.${createHmac('sha256', canary).update(signed).digest('base64url')}`;
}

/** What a hook can carry that nobody is to read, in a form of ours or not. */
const secretHooks: readonly (readonly [event: string, body: unknown])[] = [
  [
    'Pipeline Hook',
    { object_kind: 'pipeline', object_attributes: { id: 7, variables: [{ key: 'K', value: canary }] } },
  ],
  ['Pipeline Hook', { object_kind: 'pipeline', object_attributes: { id: 'x', variables: { K: canary } } }],
  ['Pipeline Hook', { object_kind: 'pipeline', vars: [{ key: 'K', value: canary }], token: canary }],
  [
    'Job Hook',
    { object_kind: 'build', build_id: 1, pipeline_id: 7, job_variables: [{ key: 'K', value: canary }] },
  ],
  ['Job Hook', { object_kind: 'build', build_id: [canary].length, runner: { token: canary } }],
  ['Push Hook', { object_kind: 'push', message: canary }],
  ['System Hook', { anything: [canary, { [canary]: canary }] }],
];

/**
 * One story with everything in it that has to do with secrets. What its service logs, answers and leaves on disk is
 * searched, as that of every service of the tests: with the others of this directory the whole suite is.
 */
test('no secret leaves', { timeout: 240_000 }, async () => {
  const receiver = await startStubServer((response) => response.writeHead(500).end(canary));
  const collector = await startOtlpReceiver();
  const installation = await install({
    inside: true,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${canary}-collector`,
      OTEL_BSP_SCHEDULE_DELAY: '10',
      WEBHOOK_SIGNING_TOKEN: `whsec_${canaryKey}`,
      GITLAB_TRIGGER_TOKEN: triggerToken,
      CALLBACK_ALLOWED_HOSTS: '127.0.0.1',
      LOG_LEVEL: 'trace',
    },
  });
  const { simulator, call, trigger, finished, watch, service, startAgain, url, databaseFile } = installation;
  const env = { DATABASE_URL: `file:${databaseFile}`, ENCRYPTION_KEY: canaryKey };
  const callbackUrl = `${receiver.url}/${canary}?key=${canary}`;
  const secrets = { variables: secretVariables, triggerToken, apiToken, callbackUrl };

  // Keys: the one that is made is printed, this once.
  const { stdout: key } = await runCli(['keys', 'create', '--name', 'ci', '--role', 'admin'], env);
  expect(key).toMatch(/^ptk_/);
  watch.hide(key.trim());

  // What GitLab refuses it may quote: whole requests, as they are and escaped.
  const quote = JSON.stringify({ ...secretVariables, token: apiToken, other: triggerToken });
  for (const body of [
    { message: { base: [quote] } },
    { error: quote },
    quote,
    { message: quote, status: canary.length },
  ])
    for (const status of [400, 404]) {
      simulator.faults.api.push({ kind: 'status', status, body, times: 1, match: { method: 'POST' } });
      const { id } = await trigger({ project: 'group/green', ref: 'main', ...secrets, deadlineSeconds: 5 });
      const { outcome } = await finished(id);
      expect(['error', 'success']).toContain(outcome);
    }

  // Pipelines that run, whose hooks carry the variables; one still waits when the service is killed.
  for (const project of ['group/green', 'group/failing', 'group/manual', 'group/broken', 'group/nowhere'])
    await finished((await trigger({ project, ref: 'main', onManual: 'play', ...secrets })).id);
  const { id: waiting } = await trigger({
    project: 'group/app',
    ref: 'main',
    ...secrets,
    inputs: { key: canary },
  });
  await installation.pipelineOf(waiting);

  // Callers with wrong secrets, and with right secrets in wrong places.
  const tokens = [`${canary}-wrong`, webhookSecret, madeUpToken(), `ptk_${canary}`, key.trim()];
  for (const token of tokens)
    for (const path of [
      '/v1/triggers',
      `/v1/triggers/${waiting}`,
      '/metrics',
      '/v1/callbacks',
      '/openapi.json',
      '/',
    ])
      await call('GET', path, { token });
  await call('GET', '/v1/triggers', {
    token: null,
    headers: { authorization: `Basic ${btoa(`x:${adminToken}`)}` },
  });
  await call('POST', '/v1/triggers', {
    body: { project: 'group/app', ref: 'main', apiToken: `${canary}\n` },
  });
  await call('POST', '/v1/triggers', { body: `{"apiToken":"${canary}"` });

  for (const [event, body] of secretHooks)
    for (const token of [webhookSecret, `${canary}-wrong`])
      await call('POST', '/webhooks/gitlab', {
        token: null,
        body,
        headers: { 'x-gitlab-event': event, 'x-gitlab-token': token, 'webhook-signature': `v1,${canaryKey}` },
      });

  // Everything that shows something to an admin.
  for (const path of [
    '/v1/triggers?state=all&limit=200',
    '/v1/deliveries?limit=200',
    '/v1/callbacks?limit=200',
    '/v1/audit?limit=200',
    '/v1/triggers?view=overview',
    '/metrics',
    '/openapi.json',
    '/healthz',
    '/readyz',
    `/v1/triggers/${waiting}`,
    `/v1/triggers/${waiting}/history`,
    `/v1/triggers/${waiting}/log`,
  ])
    await call('GET', path);
  const { json } = await call('GET', '/v1/deliveries?limit=200');
  for (const { id } of (json as { items: readonly { id: string }[] }).items)
    await call('GET', `/v1/deliveries/${id}`);

  // The commands.
  const client = { PIPELINE_TRIGGER_URL: url, PIPELINE_TRIGGER_TOKEN: adminToken };
  const printed = [
    await runCli(['list', '--json'], client),
    await runCli(['show', waiting], client),
    await runCli(['list'], { ...client, PIPELINE_TRIGGER_TOKEN: `${canary}-wrong` }),
    await runCli(['keys', 'list'], env),
    await runCli(['serve'], {
      ...env,
      ADMIN_TOKEN: canary,
      ADMIN_TOKEN_FILE: '/nowhere',
      GITLAB_URL: `http://x:${canary}@y`,
    }),
    await run(
      node,
      [triggerCommand, '--verbose', '-e', `PASSWORD=${canary}`, '-t', 'main', 'group/green'],
      client,
    ),
  ];
  for (const { stdout, stderr } of printed) watch.see('what a command prints', stdout + stderr);

  // The receiver fails: each callback is tried again.
  await eventually(() => expect(receiver.requests.length).toBeGreaterThan(10));
  // A crash, and a kill in the middle of everything: what is left on disk is looked at as it is.
  await service.ask({ crash: `${adminToken} ${apiToken}` });
  await eventually(() => expect(service.hasEnded()).toBe(true));
  watch.seeFiles(databaseFile);
  const again = await startAgain();
  await installation.show(waiting);
  await again.end('SIGKILL');
  for (const { body } of collector.exports) watch.see('an exported span', body);
  const names = new Set(collector.spans().map(({ name }) => name));
  for (const name of ['POST /v1/triggers', 'POST /webhooks/gitlab', 'read pipeline', 'POST callback'])
    expect(names).toContain(name);
  watch.seeFiles(databaseFile);
  expect(installation.log()).toContain('"msg":"crashed"');
});
