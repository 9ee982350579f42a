import { z } from 'zod';
import type { TracingSettings } from './tracing-settings.ts';
import { baseUrl, plainUrl, wholeNumber } from './values.ts';

/** `name=value,name=value`, in percent-encoding. Source: OpenTelemetry, Protocol Exporter */
function pairsIn(text: string): readonly (readonly [name: string, value: string])[] | null {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const pairs = parts.map((part) => /^\s*([^=\s]+)\s*=(.*)$/.exec(part));
  try {
    return pairs.map((pair) => {
      const [, name, value] = pair ?? [];
      if (name === undefined || value === undefined) throw new URIError('not a pair');
      return [decodeURIComponent(name), decodeURIComponent(value).trim()];
    });
  } catch {
    return null;
  }
}

const expectedPairs = 'expected name=value pairs, comma-separated, with other characters in percent-encoding';

/** Whether Node accepts it as a header. */
const isHeader = ([name, value]: readonly [string, string]): boolean =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

const headers = z
  .string()
  .transform(pairsIn)
  .refine((pairs) => pairs?.every(isHeader) === true, expectedPairs)
  .transform((pairs) => Object.fromEntries(pairs ?? []));

/** Read by OpenTelemetry's packages, which drop all of them when one is wrong. */
const resourceAttributes = z
  .string()
  .refine(
    (text) => pairsIn(text) !== null && text.split(',').every((part) => part.split('=').length <= 2),
    expectedPairs,
  );

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** The variable that switches tracing on, and the secret one. */
export const tracingSwitches = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS'] as const;

/** OpenTelemetry's own variables. Its packages read the ones that are missing here. */
export const tracingEnvironment = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: plainUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.default({}),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal('http/protobuf', {
      error: "expected http/protobuf, and the collector's port for it, usually 4318",
    })
    .default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TIMEOUT: wholeNumber(1, 600_000).default(10_000),
  OTEL_EXPORTER_OTLP_COMPRESSION: z
    .enum(['none', 'gzip'], { error: 'expected gzip or none' })
    .default('none'),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_RESOURCE_ATTRIBUTES: resourceAttributes.optional(),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, { error: `expected ${samplers.slice(0, -1).join(', ')} or ${samplers.at(-1)}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d+)?|1(?:\.0+)?|\.\d+)$/, 'expected a number from 0 to 1')
    .transform(Number)
    .default(1),
  OTEL_BSP_SCHEDULE_DELAY: wholeNumber(1, 600_000).default(5_000),
  OTEL_BSP_MAX_QUEUE_SIZE: wholeNumber(1, 1_000_000).default(2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: wholeNumber(1, 1_000_000).default(512),
});

/** Whether an environment switches tracing on; otherwise no variable of OpenTelemetry's counts. */
export const wantsTraces = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined &&
  env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' &&
  env['OTEL_TRACES_EXPORTER'] !== 'none';

/** The parsed settings. */
export function tracingSettings(data: z.infer<typeof tracingEnvironment>): TracingSettings {
  const { OTEL_TRACES_SAMPLER: sampler } = data;
  return {
    url: data.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${data.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`,
    headers: data.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMs: data.OTEL_EXPORTER_OTLP_TIMEOUT,
    compression: data.OTEL_EXPORTER_OTLP_COMPRESSION,
    sampler: {
      kind: sampler.replace('parentbased_', '') as TracingSettings['sampler']['kind'],
      parentBased: sampler.startsWith('parentbased_'),
      ratio: data.OTEL_TRACES_SAMPLER_ARG,
    },
    batch: {
      delayMs: data.OTEL_BSP_SCHEDULE_DELAY,
      queue: data.OTEL_BSP_MAX_QUEUE_SIZE,
      size: Math.min(data.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, data.OTEL_BSP_MAX_QUEUE_SIZE),
    },
  };
}
