import { expect, test } from 'vitest';
import { ConfigError } from '../../src/config/startup-errors.ts';
import { readConfig } from '../../src/config/config.ts';
import type { TracingSettings } from '../../src/config/tracing-settings.ts';

type Environment = Readonly<Record<string, string>>;
const on = { HOST: '127.0.0.1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function linesFor(env: Environment): readonly string[] {
  try {
    readConfig({ ...on, ...env });
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  throw new Error('the configuration was taken');
}

test('the settings are those of the specification unless said otherwise', () => {
  expect(readConfig(on).tracing).toEqual({
    url: 'http://collector:4318/v1/traces',
    headers: {},
    timeoutMs: 10_000,
    compression: 'none',
    sampler: { kind: 'always_on', parentBased: true, ratio: 1 },
    batch: { delayMs: 5_000, queue: 2_048, size: 512 },
  });
});

test.each<[Environment, Partial<TracingSettings>]>([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.test/x/' }, { url: 'https://c.test/x/v1/traces' }],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.test/x/' }, { url: 'https://c.test/x/' }],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: ' a = b%2C%3D,authorization=Basic eA==, ' },
    { headers: { a: 'b,=', authorization: 'Basic eA==' } },
  ],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
    { sampler: { kind: 'traceidratio', parentBased: false, ratio: 0.25 } },
  ],
  [
    { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_SCHEDULE_DELAY: '1' },
    { batch: { delayMs: 1, queue: 10, size: 10 } },
  ],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, { compression: 'gzip' }],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'a=b%3D,c=' }, {}],
  [{ OTEL_EXPORTER_OTLP_TIMEOUT: '50' }, { timeoutMs: 50 }],
])('%o is taken', (env, expected) => {
  expect(readConfig({ ...on, ...env }).tracing).toMatchObject(expected);
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'expected an http or https URL'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://collector', 'expected an http or https URL'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://c?key=canary', 'expected a URL without user, query and fragment'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'x', 'expected an http or https URL'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'expected http/protobuf'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', 'expected http/protobuf'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'canary', 'expected name=value pairs'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz', 'expected name=value pairs'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a b=canary', 'expected name=value pairs'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=canary%0Ax: y', 'expected name=value pairs'],
  ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', 'expected a whole number from 1 to 600000'],
  ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', 'expected gzip or none'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=b=c', 'expected name=value pairs'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'a=b,=c', 'expected name=value pairs'],
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'expected always_on, always_off, '],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'expected a number from 0 to 1'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', '-1', 'expected a whole number from 1 to 1000000'],
])('%s=%s is refused in one line', (name, value, expected) => {
  const lines = linesFor({ [name]: value });
  expect(lines).toEqual([expect.stringContaining(`${name}: ${expected}`)]);
  expect(lines.join()).not.toContain('canary');
});

test.each<Environment>([
  { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
  { OTEL_SDK_DISABLED: 'TRUE' },
  { OTEL_TRACES_EXPORTER: 'none' },
])('%o turns tracing off, and then no other of them counts', (env) => {
  expect(readConfig({ ...on, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', ...env }).tracing).toBeNull();
});
