import { expect, test } from 'vitest';
import { createHostCheck, isLoopback } from '../../../src/domain/access/allowed-host.ts';

test.each([
  ['127.0.0.1:8080', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['LocalHost:80', true],
  ['app.localhost:8080', true],
  ['[::1]:8080', true],
  ['hooks.example.com:8443', true],
  ['Hooks.Example.COM:8443', true],
  ['hooks.example.com', false],
  ['evil.example', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example', false],
  ['evil.example:127', false],
  ['localhost@evil.example', false],
  ['10.0.0.1', false],
  ['[::2]', false],
  ['', false],
  [undefined, false],
])('%j is a name of this machine, or of the service: %j', (host, isOne) => {
  expect(createHostCheck('https://hooks.example.com:8443/base')(host)).toBe(isOne);
});

test('without a PUBLIC_URL the service has no name of its own', () => {
  expect(createHostCheck(null)('hooks.example.com')).toBe(false);
  expect(createHostCheck(null)('localhost:1')).toBe(true);
});

test('loopback is one set of names for the listener, the commands and the Host of a request', () => {
  const own = ['localhost', 'LocalHost', 'app.localhost', '127.0.0.1', '127.255.0.1', '::1', '[::1]'];
  const others = [
    '0.0.0.0',
    '::',
    '[::]',
    '10.0.0.1',
    '128.0.0.1',
    'localhost.example',
    '::12',
    '127.0.0.1.example',
    '',
  ];
  expect(own.filter((host) => !isLoopback(host))).toEqual([]);
  expect(others.filter(isLoopback)).toEqual([]);
});
