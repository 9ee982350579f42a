import { describe, expect, test } from 'vitest';
import type { AllowedHost, Destinations } from '../../src/callbacks/allowed-hosts.ts';
import { allowedDestinations, readAllowedHost } from '../../src/callbacks/allowed-hosts.ts';

function destinations(...entries: readonly string[]): Destinations {
  const read = entries.map(readAllowedHost);
  expect(read).not.toContain(null);
  return allowedDestinations(read as readonly AllowedHost[]);
}

const allows = (entry: string, url: string): boolean => destinations(entry).allows(new URL(url));

describe('an entry', () => {
  test.each<[entry: string, allowed: readonly string[], refused: readonly string[]]>([
    [
      'hooks.example.com',
      [
        'https://hooks.example.com/x?y',
        'http://hooks.example.com:8080',
        'https://HOOKS.Example.com./',
        'https://hooks.example.com:443',
      ],
      [
        'https://example.com',
        'https://a.hooks.example.com',
        'https://hooks.example.com.evil.test',
        'https://evilhooks.example.com',
        'https://evil.test/hooks.example.com',
        'https://evil.test?hooks.example.com',
        'https://evil.test\\@hooks.example.com/',
        'https://127.0.0.1',
      ],
    ],
    [
      'hooks.example.com:8443',
      ['https://hooks.example.com:8443', 'http://hooks.example.com:8443'],
      ['https://hooks.example.com', 'https://hooks.example.com:8444'],
    ],
    [
      'hooks.example.com:443',
      ['https://hooks.example.com', 'http://hooks.example.com:443'],
      ['http://hooks.example.com'],
    ],
    [
      'https://hooks.example.com/',
      ['https://hooks.example.com/any/path', 'https://hooks.example.com:443'],
      ['http://hooks.example.com', 'https://hooks.example.com:8443', 'http://hooks.example.com:443'],
    ],
    ['HTTP://Hooks.example.com:81', ['http://hooks.example.com:81'], ['https://hooks.example.com:81']],
    [
      '*.example.com',
      ['https://a.example.com', 'https://a.b.example.com:8443'],
      [
        'https://example.com',
        'https://aexample.com',
        'https://example.com.test',
        'https://.example.com.test',
      ],
    ],
    [
      'bücher.example',
      ['https://xn--bcher-kva.example', 'https://BÜCHER.example'],
      ['https://bucher.example'],
    ],
    ['xn--bcher-kva.example', ['https://bücher.example'], ['https://bucher.example']],
    [
      '127.0.0.1:9000',
      [
        'http://127.0.0.1:9000',
        'http://0x7f.1:9000',
        'http://2130706433:9000',
        'http://[::ffff:127.0.0.1]:9000',
      ],
      ['http://127.0.0.1', 'http://127.0.0.2:9000', 'http://localhost:9000'],
    ],
    ['10.1.0.0/16', ['http://10.1.2.3:99'], ['http://10.2.0.1', 'http://10.1.example.com']],
    ['::1', ['http://[::1]:99', 'http://[0:0:0:0:0:0:0:1]'], ['http://[::2]']],
    ['[::1]:99', ['http://[::1]:99'], ['http://[::1]']],
    ['fd00::/8', ['http://[fd12::1]'], ['http://[fe80::1]', 'http://10.0.0.1']],
    ['localhost', ['http://localhost:1', 'http://LOCALHOST'], ['http://127.0.0.1', 'http://a.localhost']],
  ])('%s', (entry, allowed, refused) => {
    for (const url of allowed) expect([url, allows(entry, url)]).toEqual([url, true]);
    for (const url of refused) expect([url, allows(entry, url)]).toEqual([url, false]);
  });

  test.each(['example.com:65535', 'https://example.com:65535', '127.0.0.1:65535', '[::1]:65535'])(
    '%s has the highest port that there is',
    (entry) => {
      expect(readAllowedHost(entry)).toMatchObject({ port: '65535' });
      expect(readAllowedHost(entry.replace('65535', '65536'))).toBeNull();
    },
  );

  test.each([
    '',
    '*',
    '*.',
    '*.127.0.0.1',
    'a b',
    'ftp://example.com',
    'https://user@example.com',
    'https://example.com/path',
    'example.com?x',
    'example.com#x',
    'example.com:x',
    'example.com:99999',
    '10.0.0.0/33',
    'http://10.0.0.0/8',
    'example.com:65536',
    'fe80::1%eth0',
    '[::1',
    'a.*.example.com',
    'exa%6dple.com',
  ])('%s is none', (entry) => {
    expect(readAllowedHost(entry)).toBeNull();
  });
});

describe('the addresses of a host', () => {
  const url = new URL('https://hooks.example.com');
  const mayGoTo = (address: string, ...more: readonly string[]): boolean =>
    destinations('hooks.example.com', ...more).allowsAddress(url, address);

  test.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'may be public: %s',
    (address) => {
      expect(mayGoTo(address)).toBe(true);
    },
  );

  /** Source: the special-purpose address registries of IANA. */
  test.each([
    ['this machine', ['127.0.0.1', '127.255.255.254', '::1', '0.0.0.0', '::']],
    [
      'private networks',
      ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd00:ec2::254'],
    ],
    ['the link, and the metadata of clouds', ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0']],
    ['networks of providers', ['100.64.0.1', '100.127.255.255', '100.100.100.200']],
    ['many', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    [
      'IPv4 within IPv6',
      ['::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ],
    ['tunnels', ['2001::1', '64:ff9b:1::1']],
    ['what is for nobody', ['192.0.2.1', '198.18.0.1', '240.0.0.1', '100::1', '2001:db8::1', 'fec0::1']],
    ['what IANA has not given out', ['4000::1', '1fff::1', 'e000::1']],
    ['nothing at all', ['', 'example.com', '1.2.3']],
  ])('may not be %s', (_what, addresses) => {
    for (const address of addresses) expect([address, mayGoTo(address)]).toEqual([address, false]);
  });

  test('may be private where the address is allowed itself, by itself or with its network', () => {
    expect(mayGoTo('10.1.2.3', '10.0.0.0/8')).toBe(true);
    expect(mayGoTo('::ffff:10.1.2.3', '10.0.0.0/8')).toBe(true);
    expect(mayGoTo('10.1.2.3', '10.1.2.3')).toBe(true);
    expect(mayGoTo('fd12::1', 'fd00::/8')).toBe(true);
    expect(mayGoTo('10.1.2.3', '10.1.2.4', '192.168.0.0/16', 'fd00::/8')).toBe(false);
    expect(mayGoTo('10.1.2.3', '10.1.2.3:8443')).toBe(false);
    expect(mayGoTo('10.1.2.3', 'http://10.1.2.3')).toBe(false);
  });

  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '169.254.255.255',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::ffff:168.63.129.16',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::168.63.129.16',
    '64:ff9b:1::a9fe:a9fe',
    '64:ff9b:1:a9fe:a9:fe00::',
    '64:ff9b:1:2a9:fe:a9fe::',
    '64:ff9b:1:2:a9:fea9:fe00:0',
    '2002:a9fe:a9fe::1',
  ])('are never a metadata service of a cloud, whatever is allowed: %s', (address) => {
    const all = ['hooks.example.com', '0.0.0.0/0', '::/0', address];
    const open = destinations(...all);
    expect(open.allowsAddress(url, address)).toBe(false);
    const literal = new URL(`http://${address.includes(':') ? `[${address}]` : address}/latest/meta-data`);
    expect(open.allows(literal)).toBe(false);
    expect(open.allowsAddress(literal, address)).toBe(false);
  });

  test.each([
    '169.253.255.255',
    '169.255.0.0',
    '168.63.129.15',
    '168.63.129.17',
    'fd00:ec2::253',
    '64:ff9b::a00:1',
  ])('beside a metadata service are as any other: %s', (address) => {
    expect(destinations('hooks.example.com', '0.0.0.0/0', '::/0').allowsAddress(url, address)).toBe(true);
  });

  test('are this machine’s where the host is localhost', () => {
    const local = destinations('localhost');
    const name = new URL('http://localhost:99');
    expect(['127.0.0.1', '::1'].every((address) => local.allowsAddress(name, address))).toBe(true);
    expect(local.allowsAddress(name, '10.0.0.1')).toBe(false);
    expect(local.allowsAddress(url, '127.0.0.1')).toBe(false);
  });
});
