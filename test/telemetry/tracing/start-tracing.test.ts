import { expect, test } from 'vitest';
import { createSampler } from '../../../src/telemetry/tracing/start-tracing.ts';

test.each([
  ['always_on', true, 1, 'ParentBased{root=AlwaysOnSampler'],
  ['always_on', false, 1, 'AlwaysOnSampler'],
  ['always_off', true, 1, 'ParentBased{root=AlwaysOffSampler'],
  ['always_off', false, 1, 'AlwaysOffSampler'],
  ['traceidratio', true, 0.25, 'ParentBased{root=TraceIdRatioBased{0.25}'],
  ['traceidratio', false, 0.25, 'TraceIdRatioBased{0.25}'],
] as const)('%s, parent based: %s, %d', (kind, parentBased, ratio, expected) => {
  const sampler = createSampler({ kind, parentBased, ratio });
  expect(sampler.toString().startsWith(expected)).toBe(true);
});
