import { afterAll, expect, test } from 'vitest';
import { networkOf } from '../../../src/http/middleware/client-address.ts';
import { startService } from '../../support/start-service.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:DB8:1:2::9', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['unknown', 'unknown'],
])('%s belongs to %s', (address, network) => expect(networkOf(address)).toBe(network));

const behind = await startService({ env: { TRUSTED_PROXIES: 'loopback, 192.0.2.0/24' } });
afterAll(behind.stop);
const direct = await startService();
afterAll(direct.stop);

async function fromOf({ trigger, call }: typeof behind, forwardedFor: string): Promise<string | undefined> {
  const { id } = await trigger({ project: 'group/app', ref: 'main' }, { 'x-forwarded-for': forwardedFor });
  const { items } = (await call('GET', `/v1/audit?subject=${id}`)).json as { items: { from: string }[] };
  return items[0]?.from;
}

test('a proxy is believed where the operator says so, and only as far as it is known', async () => {
  expect(await fromOf(behind, '203.0.113.5')).toBe('203.0.113.5');
  expect(await fromOf(behind, '203.0.113.5, 192.0.2.8')).toBe('203.0.113.5');
  expect(await fromOf(behind, '10.9.9.9, 203.0.113.5')).toBe('203.0.113.5');
});

test('nobody else is', async () => {
  expect(await fromOf(direct, '203.0.113.5')).toBe('127.0.0.1');
});
