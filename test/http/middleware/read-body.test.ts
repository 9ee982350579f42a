import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/http/middleware/read-body.ts';

const codeOf = (text: string): string => {
  try {
    parseJson(Buffer.from(text));
    return 'read';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const list = (count: number, item = '0'): string => `[${Array.from({ length: count }, () => item).join()}]`;
const object = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"n${at}":""`).join()}}`;

describe('a body', () => {
  test.each([
    ['a list of as many as it may have', list(1_000), 'read'],
    ['a list of one more', list(1_001), 'too_many_items'],
    ['an object of as many as it may have', object(1_000), 'read'],
    ['an object of one more', object(1_001), 'too_many_items'],
    ['the same further in', `{"a":[{"b":${list(1_001)}}]}`, 'too_many_items'],
    ['ten thousand in all', list(10, list(999)), 'read'],
    ['one more in all', `[${list(10, list(999))},1]`, 'too_many_items'],
    ['very many', list(150_000), 'too_many_items'],
    ['very many names', object(70_000), 'too_many_items'],
    ['commas and escaped quotes in a text', JSON.stringify({ a: '",\\",'.repeat(50_000) }), 'read'],
    ['a text that ends with a backslash', JSON.stringify(['\\', ','.repeat(50_000)]), 'read'],
    ['as many levels as it may have', `${'['.repeat(100)}${']'.repeat(100)}`, 'read'],
    ['one level more with something in it', `${'['.repeat(101)}1${']'.repeat(101)}`, 'invalid'],
    ['no JSON', '{"a":', 'invalid'],
    ['nothing', '', 'invalid'],
  ])('of %s', (_what, text, expected) => {
    expect(codeOf(text)).toBe(expected);
  });
});

// What is no JSON shows which comes first: a list of so many items is refused before it is made.
describe('before it is parsed', () => {
  test.each([
    ['ten thousand commas are no reason', `[${','.repeat(10_000)}`, 'invalid'],
    ['one more is', `[${','.repeat(10_001)}`, 'too_many_items'],
    ['those in a text do not count', `["${','.repeat(20_000)}"`, 'invalid'],
    ['those behind a text do', `["a"${','.repeat(10_001)}`, 'too_many_items'],
    ['an escaped quote does not end a text', `["\\"${','.repeat(20_000)}"`, 'invalid'],
    ['a quote behind an escaped backslash does', `["\\\\"${','.repeat(10_001)}`, 'too_many_items'],
    ['a backslash outside of a text escapes nothing', `[\\"${','.repeat(20_000)}"`, 'invalid'],
  ])('%s', (_what, text, expected) => {
    expect(codeOf(text)).toBe(expected);
  });
});
