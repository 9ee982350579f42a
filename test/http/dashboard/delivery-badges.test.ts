import { expect, test } from 'vitest';
import type { Payload } from '../../../src/domain/delivery.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { aboutPayload, payloadBadge, pipelineText } from '../../../src/http/dashboard/delivery-badges.ts';
import { aJob, aSnapshot, pipelineId } from '../../fakes/triggers.ts';
import { plainText } from './plain-text.ts';

const pipeline: Payload = {
  kind: 'pipeline',
  pipeline: aSnapshot('success'),
  projectPath: 'group/app',
  ref: 'main',
  source: 'api',
  triggerId: null,
  happenedAt: null,
};
const job = {
  kind: 'job',
  job: aJob('unit', 'failed'),
  pipelineId: 7 as PipelineId,
  projectId: 1,
  projectPath: 'group/app',
  happenedAt: null,
} as unknown as Payload;

test.each<[string, Payload, string, string, string]>([
  ['a pipeline', pipeline, 'success', 'pipeline of group/app', `#${pipelineId}`],
  [
    'a pipeline of an unnamed project',
    { ...pipeline, projectPath: null },
    'success',
    'pipeline',
    `#${pipelineId}`,
  ],
  ['a job', job, 'failed', 'job unit of group/app', '#7'],
  ['what is of no use', { kind: 'ignored', reason: 'a push' }, 'ignored', 'a push', '–'],
])('a delivery about %s says so', (_name, payload, badge, about, pipelineShown) => {
  expect(plainText(payloadBadge(payload))).toBe(badge);
  expect(plainText(aboutPayload(payload))).toBe(about);
  expect(plainText(pipelineText(payload))).toBe(pipelineShown);
});

test('a delivery that cannot be read is marked as bad, with the reason', () => {
  const payload = { kind: 'unreadable', reason: 'no id', pipelineId: null } as unknown as Payload;
  expect(payloadBadge(payload).toString()).toContain('class="badge bad"');
  expect(plainText(payloadBadge(payload))).toBe('not understood');
  expect(plainText(aboutPayload(payload))).toBe('no id');
});
