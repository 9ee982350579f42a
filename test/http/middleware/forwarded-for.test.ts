import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { forwardedAddresses } from '../../../src/http/middleware/forwarded-for.ts';
import { startService } from '../../support/start-service.ts';

test.each([
  ['8.8.8.8', ['8.8.8.8']],
  ['8.8.8.8:51234', ['8.8.8.8']],
  ['8.8.8.8:51234, 10.0.0.1:80', ['8.8.8.8', '10.0.0.1']],
  ['2001:db8::1', ['2001:db8::1']],
  ['[2001:db8::1]', ['2001:db8::1']],
  ['[2001:db8::1]:443', ['2001:db8::1']],
  ['"[2001:db8::1]:443"', ['2001:db8::1']],
  ['fe80::1%eth0', ['fe80::1']],
  ['::ffff:8.8.8.8', ['::ffff:8.8.8.8']],
  ['8.8.8.8, , 9.9.9.9,', ['8.8.8.8', '9.9.9.9']],
  ['rubbish', []],
  ['unknown', []],
  ['_hidden', []],
  ['', []],
  ['8.8.8', []],
  ['08.8.8.8', []],
  ['8.8.8.8:999999', []],
  ['[8.8.8.8]', []],
  ['8.8.8.8;DROP', []],
  ['127.0.0.1, rubbish', []],
  ['127.0.0.1, rubbish, 9.9.9.9:1', ['9.9.9.9']],
])('%j names %j', (text, expected) => {
  expect(forwardedAddresses(text)).toEqual(expected);
});

test('an address with any port is the address, behind any rubbish', () => {
  const port = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV6(), port, fc.string(), (four, six, number, rubbish) => {
      const chain = `${rubbish}, x, ${four}:${number}, [${six}]:${number}`;
      expect(forwardedAddresses(chain)).toEqual([four, six]);
    }),
  );
});

const behind = await startService({ env: { TRUSTED_PROXIES: 'loopback' } });
afterAll(behind.stop);

const guess = (forwardedFor: string) =>
  behind.call('GET', '/v1/triggers', { token: 'a guess', headers: { 'x-forwarded-for': forwardedFor } });

async function fromOf(forwardedFor: string): Promise<string | undefined> {
  const { id } = await behind.trigger(
    { project: 'group/app', ref: 'main' },
    { 'x-forwarded-for': forwardedFor },
  );
  const { items } = (await behind.call('GET', `/v1/audit?subject=${id}`)).json as {
    items: { from: string }[];
  };
  return items[0]?.from;
}

test('the audit log has the address without its port, and the proxy for what is no address', async () => {
  expect(await fromOf('203.0.113.5:4711')).toBe('203.0.113.5');
  expect(await fromOf('[2001:db8::7]:4711')).toBe('2001:db8::7');
  expect(await fromOf('203.0.113.5:4711, 127.0.0.1:80')).toBe('203.0.113.5');
  expect(await fromOf('rubbish')).toBe('127.0.0.1');
  expect(await fromOf('203.0.113.5, rubbish')).toBe('127.0.0.1');
});

test(
  'another port for each wrong token is the same address: 429 after the limit',
  { timeout: 300_000 },
  async () => {
    let port = 1024;
    const statuses: number[] = [];
    for (let count = 0; count < 640; count += 1)
      statuses.push((await guess(`8.8.8.8:${(port += 1)}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(600);
    expect(statuses.at(-1)).toBe(429);
    expect((await guess('9.9.9.9:1')).status).toBe(401);
  },
);
