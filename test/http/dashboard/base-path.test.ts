import { expect, test } from 'vitest';
import { markupBelow } from '../../../src/http/dashboard/base-path.ts';

const markup = `<a href="/keys">k</a> <form action="/hooks/repair"><img src="/a.svg"> <p data-live="/live">
  <a href="https://gitlab.test/x">x</a> <a href="#top">t</a> <b title="/no">n</b> href="/text`;

test('addresses of the service lead below the base path, and nothing else does', () => {
  expect(markupBelow('/ci', markup)).toBe(
    `<a href="/ci/keys">k</a> <form action="/ci/hooks/repair"><img src="/ci/a.svg"> <p data-live="/ci/live">
  <a href="https://gitlab.test/x">x</a> <a href="#top">t</a> <b title="/no">n</b> href="/ci/text`,
  );
});

test('a base path is written as markup, whatever is in it', () => {
  expect(markupBelow('/a&b$&', '<a href="/keys">')).toBe('<a href="/a&amp;b$&amp;/keys">');
});

test('without a base path all stays as it is', () => {
  expect(markupBelow('', markup)).toBe(markup);
});
