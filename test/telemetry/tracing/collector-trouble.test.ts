import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { canary } from '../../support/canary.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { installTraced } from '../../support/traced-service.ts';

const traceLines = (log: string) =>
  log
    .split('\n')
    .filter((line) => /traces/.test(line))
    .map((line) => JSON.parse(line) as { level: number; msg: string; error?: string; lost?: number });

const cannot = { level: 40, msg: 'traces cannot be sent: they are dropped until they can' };

test(
  'a collector that answers 500 is logged once, and so is its recovery',
  { timeout: 300_000 },
  async () => {
    let status = 500;
    const collector = await startOtlpReceiver((response) => response.writeHead(status).end(canary));
    const { call, log, end } = await installTraced(collector);
    const batches = (count: number) =>
      eventually(async () => {
        await call('GET', '/v1/triggers');
        expect(collector.exports.length).toBeGreaterThan(count);
      });
    await batches(5);
    status = 200;
    await batches(collector.exports.length + 1);
    await eventually(() => expect(traceLines(log())).toHaveLength(2));
    status = 500;
    await batches(collector.exports.length + 3);
    expect((await end()).code).toBe(0);
    expect(traceLines(log())).toEqual([
      expect.objectContaining({ ...cannot, error: 'the collector answers 500' }),
      expect.objectContaining({
        level: 30,
        msg: 'traces are sent again',
        lost: expect.any(Number) as number,
      }),
    ]);
    expect(traceLines(log())[1]?.lost).toBeGreaterThan(5);
  },
);

test(
  'a collector that is not there stops neither the service nor its stop',
  { timeout: 300_000 },
  async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { trigger, finished, log, end } = await installTraced({ url, exports: [] });
    const { id } = await trigger({ project: 'group/green', ref: 'main' });
    expect(await finished(id)).toMatchObject({ outcome: 'success' });
    const { code, ms } = await end();
    expect(code).toBe(0);
    // It would go on trying for ten seconds.
    expect(ms).toBeLessThan(6_000);
    expect(traceLines(log())).toEqual([expect.objectContaining(cannot)]);
  },
);

test('a collector that never answers holds nobody, and costs no memory', { timeout: 300_000 }, async () => {
  const held: ServerResponse[] = [];
  const collector = await startOtlpReceiver((response) => void held.push(response));
  const { call, trigger, finished, log, end } = await installTraced(collector, {
    env: { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5' },
  });
  const { id } = await trigger({ project: 'group/green', ref: 'main' });
  expect(await finished(id)).toMatchObject({ outcome: 'success' });
  await eventually(() => expect(held).toHaveLength(1));
  for (let each = 0; each < 20; each += 1) await call('GET', '/v1/triggers');
  const { code, ms } = await end();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(6_000);
  // One request was under way, the others were sent at the stop: what there was no room for is gone.
  expect(collector.spans().length).toBeLessThanOrEqual(5 + 10);
  expect(traceLines(log())).toEqual([expect.objectContaining({ ...cannot, error: 'no answer in time' })]);
});

test('spans that wait are sent at the stop', { timeout: 300_000 }, async () => {
  const collector = await startOtlpReceiver();
  const { call, end } = await installTraced(collector, { env: { OTEL_BSP_SCHEDULE_DELAY: '600000' } });
  await call('GET', '/v1/triggers');
  expect(collector.exports).toEqual([]);
  await end();
  expect(collector.spans().map(({ name }) => name)).toContain('GET /v1/triggers');
});
