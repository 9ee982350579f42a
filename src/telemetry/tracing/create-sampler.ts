import type { Sampler } from '@opentelemetry/sdk-trace';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../../config/tracing-settings.ts';

const kinds = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio: number) => new TraceIdRatioBasedSampler(ratio),
} as const satisfies Record<TracingSettings['sampler']['kind'], (ratio: number) => Sampler>;

/** Which traces are recorded. */
export function createSampler({ kind, parentBased, ratio }: TracingSettings['sampler']): Sampler {
  const root = kinds[kind](ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}
