import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basePathOf, relativeLocation } from '../../../src/http/middleware/request-path.ts';

test.each([
  [null, ''],
  ['https://pt.example.com', ''],
  ['https://pt.example.com/pipeline-trigger', '/pipeline-trigger'],
  ['https://pt.example.com/a/b/', '/a/b'],
])('the path of %s is %j', (url, expected) => expect(basePathOf(url)).toBe(expected));

test.each([
  ['/v1/triggers', '/v1/triggers/trg_1', 'triggers/trg_1'],
  ['/v1/triggers/', '/v1/triggers/trg_1', 'trg_1'],
  ['/V1/Triggers', '/v1/triggers/trg_1', 'triggers/trg_1'],
  ['/v1/triggers', '/v1/triggers/trg_1/wait?mode=follow', 'triggers/trg_1/wait?mode=follow'],
  ['/v1/triggers/trg_1/wait', '/v1/triggers/trg_1/wait?mode=follow&wait=2', 'wait?mode=follow&wait=2'],
  ['/v1/triggers/trg_1/wait/', '/v1/triggers/trg_1/wait?mode=follow', '../wait?mode=follow'],
])('from %s to %s leads %s', (path, to, expected) => {
  expect(relativeLocation({ path }, to)).toBe(expected);
});

test('a relative location leads to the same path under any other path', () => {
  const path = fc.array(fc.stringMatching(/^[a-z0-9]{1,3}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, path, path, fc.boolean(), (base, from, to, hasSlash) => {
      const asked = `/${from.join('/')}${hasSlash ? '/' : ''}`;
      const location = relativeLocation({ path: asked }, `/${to.join('/')}?q=1`);
      const url = new URL(location, `http://host.test/${base.join('/')}${asked}`);
      expect(url.pathname + url.search).toBe(`/${[...base, ...to].join('/')}?q=1`);
    }),
  );
});
