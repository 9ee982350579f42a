import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { canary } from '../../support/canary.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { runCli } from '../../support/run-command.ts';
import { install } from '../../support/service-process.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { installTraced } from '../../support/traced-service.ts';

/** The packages of OpenTelemetry that a service has loaded. */
async function loadedBy({ service }: Pick<Awaited<ReturnType<typeof install>>, 'service'>) {
  const modules = (await service.ask({ modules: true })) as readonly string[];
  expect(modules.some((url) => url.includes('/node_modules/express/'))).toBe(true);
  return new Set(modules.flatMap((url) => /\/node_modules\/@opentelemetry\/([^/]+)\//.exec(url)?.[1] ?? []));
}

test.each([
  {},
  { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_SERVICE_NAME: 'x' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
])(
  'nothing of OpenTelemetry is loaded with %o',
  { timeout: 300_000 },
  async (env: Record<string, string>) => {
    const installation = await install({ env, inside: true });
    const { trigger, finished } = installation;
    await finished((await trigger({ project: 'group/green', ref: 'main' })).id);
    // Of itself prom-client loads the API, which does nothing alone.
    expect([...(await loadedBy(installation))]).toEqual(['api']);
  },
);

test('with an endpoint it is loaded, and no gRPC with it', { timeout: 300_000 }, async () => {
  const installation = await installTraced(await startOtlpReceiver(), { inside: true });
  const loaded = await loadedBy(installation);
  expect([...loaded]).toEqual(expect.arrayContaining(['sdk-trace', 'exporter-trace-otlp-proto']));
  expect([...loaded].filter((name) => /grpc|otlp-http$/.test(name))).toEqual([]);
});

test("OpenTelemetry's variables say where to, what, as whom and how", { timeout: 300_000 }, async () => {
  const collector = await startOtlpReceiver();
  const { path: folder, remove } = makeTemporaryDirectory();
  onTestFinished(remove);
  const headersFile = path.join(folder, 'headers');
  writeFileSync(headersFile, `authorization=Bearer%20${canary}-collector, x-tenant=one\n`);
  const { call, end } = await installTraced(collector, {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp/`,
      OTEL_EXPORTER_OTLP_PROTOCOL: '',
      OTEL_EXPORTER_OTLP_HEADERS_FILE: headersFile,
      OTEL_SERVICE_NAME: 'pipelines',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test%20one,service.name=other',
    },
  });
  await call('GET', '/v1/triggers');
  await end();
  const [first] = collector.exports;
  expect(first).toMatchObject({
    path: '/otlp/v1/traces',
    headers: {
      authorization: `Bearer ${canary}-collector`,
      'x-tenant': 'one',
      'content-type': 'application/x-protobuf',
    },
  });
  const sent = Buffer.concat(collector.exports.map(({ body }) => body)).toString('latin1');
  for (const word of ['GET /v1/triggers', 'http.route', 'pipelines', 'test one'])
    expect(sent).toContain(word);
});

test('a parent-based sampler follows the caller’s traceparent', { timeout: 300_000 }, async () => {
  const collector = await startOtlpReceiver();
  const { call, end } = await installTraced(collector, {
    env: { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  });
  await call('GET', '/v1/triggers');
  await call('GET', '/v1/triggers', {
    headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  });
  await end();
  expect(collector.spans().filter(({ kind }) => kind === 'server')).toMatchObject([
    { traceId: '0af7651916cd43dd8448eb211c80319c' },
  ]);
});

test('a wrong value stops the start with a line for each, and none shows a secret', async () => {
  const { code, stderr } = await runCli(['serve'], {
    HOST: '127.0.0.1',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${canary}@collector.test`,
    OTEL_EXPORTER_OTLP_HEADERS: canary,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    PORT: 'x',
  });
  expect(code).toBe(2);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(/^pipeline-trigger: PORT: /) as string,
    expect.stringMatching(
      /^pipeline-trigger: OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL without user/,
    ) as string,
    expect.stringMatching(
      /^pipeline-trigger: OTEL_EXPORTER_OTLP_HEADERS: expected name=value pairs/,
    ) as string,
    expect.stringMatching(
      /^pipeline-trigger: OTEL_EXPORTER_OTLP_PROTOCOL: expected http\/protobuf/,
    ) as string,
  ]);
  expect(stderr).not.toContain(canary);
});
