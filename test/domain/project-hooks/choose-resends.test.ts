import { expect, test } from 'vitest';
import type { Payload } from '../../../src/domain/delivery.ts';
import { chooseResends } from '../../../src/domain/project-hooks/choose-resends.ts';
import type { FailedDelivery } from '../../../src/domain/project-hooks/project-hook.ts';
import type { DeliveryId, PipelineId } from '../../../src/domain/ids.ts';

const pipelinePayload = (pipelineId: number): Payload =>
  ({ kind: 'pipeline', pipeline: { id: pipelineId } }) as unknown as Payload;
const jobPayload = (pipelineId: number, jobId: number): Payload =>
  ({ kind: 'job', pipelineId, job: { id: jobId } }) as unknown as Payload;

const failed = (id: number, payload: Payload): FailedDelivery => ({
  id,
  delivery: `dlv_${id}` as DeliveryId,
  payload,
  answer: '500',
});

const idsOf = (failures: readonly FailedDelivery[]) => failures.map(({ id }) => id);

function choose(failures: readonly FailedDelivery[], arrived: string[] = [], awaited: number[] = []) {
  const chosen = chooseResends(failures, new Set(arrived as DeliveryId[]), new Set(awaited as PipelineId[]));
  return { needed: idsOf(chosen.needed), spare: idsOf(chosen.spare) };
}

test('of a pipeline, and of a job, the newest is enough', () => {
  const failures = [
    failed(1, pipelinePayload(7)),
    failed(4, pipelinePayload(7)),
    failed(2, jobPayload(7, 70)),
    failed(3, jobPayload(7, 71)),
  ];
  expect(choose(failures)).toEqual({ needed: [], spare: [4, 3, 2] });
});

test('what triggers wait for comes first, the newest before the others', () => {
  const failures = [
    failed(1, pipelinePayload(7)),
    failed(2, pipelinePayload(8)),
    failed(3, pipelinePayload(9)),
  ];
  expect(choose(failures, [], [7, 8])).toEqual({ needed: [2, 1], spare: [3] });
});

test('nothing where the newest has arrived after all', () => {
  expect(choose([failed(1, pipelinePayload(7)), failed(2, pipelinePayload(7))], ['dlv_2'], [7])).toEqual({
    needed: [],
    spare: [],
  });
});

test('a failed test of a hook is no payload', () => {
  expect(choose([failed(1, { kind: 'ignored', reason: 'Push Hook' })])).toEqual({ needed: [], spare: [] });
});
