import { expect, test } from 'vitest';
import {
  isSameReceiver,
  compareReceiver,
  likelyReceiver,
  receiverOf,
} from '../../../src/domain/project-hooks/receiver-url.ts';

const ours = receiverOf('https://ci.example.com/pt');

test.each([
  ['https://CI.Example.COM/pt/webhooks/gitlab'],
  ['https://ci.example.com:443/pt/webhooks/gitlab'],
  ['https://ci.example.com/pt/webhooks/gitlab/'],
  ['https://ci.example.com/pt/Webhooks/GitLab'],
  ['https://user:word@ci.example.com/pt/webhooks/gitlab?x=1'],
])('%s is the same receiver', (url) => {
  expect(isSameReceiver(url, ours)).toBe(true);
});

test.each([
  ['same', 'https://ci.example.com/pt/webhooks/gitlab'],
  ['near', 'http://ci.example.com/pt/webhooks/gitlab'],
  ['near', 'https://ci.example.com/webhooks/gitlab'],
  ['near', 'https://ci.example.com/pt/hooks'],
  ['near', 'https://ci.example.com/pt'],
  ['alike', 'https://ci.example.com:8443/pt/webhooks/gitlab'],
  ['alike', 'https://ci.example.com/jenkins/project/app'],
  ['alike', 'https://codecov.example.org/webhooks/gitlab'],
  ['other', 'https://other.example.com/hook'],
  ['other', 'https://ci.example.com:8443/hook'],
  ['other', 'not an address'],
])('%s: %s', (likeness, url) => {
  expect(compareReceiver(url, ours)).toBe(likeness);
});

test('at the root of a host other paths may lead to other services', () => {
  const root = receiverOf('https://ci.example.com');
  expect(compareReceiver('https://ci.example.com/jenkins/project/app', root)).toBe('alike');
  expect(compareReceiver('https://ci.example.com/', root)).toBe('near');
});

test('for want of better knowledge a receiver is known by its path', () => {
  const urls = ['https://a.example.com/hook', 'https://b.example.com/webhooks/gitlab/'];
  expect(likelyReceiver(urls)).toBe(urls[1]);
  expect(likelyReceiver(urls.slice(0, 1))).toBeNull();
});
