import { describe, expect, test } from 'vitest';
import {
  readBoolean,
  readInput,
  readInteger,
  readSeconds,
  readUrl,
  repr,
} from '../../../src/cli/trigger/read-value.ts';

describe('booleans, as the Python command reads them', () => {
  test.each(['True', 'TRUE', 'true', 't', 'y', 'yes', '1'])('%s is true', (word) => {
    expect(readBoolean(word)).toBe(true);
  });
  test.each(['False', 'FALSE', 'false', 'f', 'n', 'no', '0'])('%s is false', (word) => {
    expect(readBoolean(word)).toBe(false);
  });
  test.each(['some_value', '', 'maybe', 'constructor'])('%j is neither', (word) => {
    expect(() => readBoolean(word)).toThrow('Boolean value expected.');
  });
});

test.each([
  ['42', 42],
  ['-1', -1],
  [' 7 ', 7],
  ['1_000', 1000],
])('the whole number %j', (text, value) => {
  expect(readInteger(text)).toBe(value);
});

test.each(['', '1.5', 'abc', '1__0', '0x10'])('%j is no whole number', (text) => {
  expect(() => readInteger(text)).toThrow(`invalid int value: '${text}'`);
});

test.each(['0', '-1', '31536001'])('%s seconds are not taken', (text) => {
  expect(() => readSeconds(text)).toThrow('expected seconds from 1 to 31536000');
});

test.each([
  ['env=prod', ['env', 'prod']],
  ['replicas=3', ['replicas', 3]],
  ['debug=true', ['debug', true]],
  ['regions=["a","b"]', ['regions', ['a', 'b']]],
  ['version=1.10', ['version', '1.10']],
  ['version="3"', ['version', '3']],
  ['empty=', ['empty', '']],
  ['nothing=null', ['nothing', 'null']],
  ['formula=a=b', ['formula', 'a=b']],
])('the input %s', (text, input) => {
  expect(readInput(text)).toEqual(input);
});

test.each(['env', '=prod'])('%s is no input', (text) => {
  expect(() => readInput(text)).toThrow('expected NAME=VALUE');
});

test('a URL loses the slashes at its end; none is none', () => {
  expect(readUrl('https://trigger.example.com//')).toBe('https://trigger.example.com');
  expect(readUrl('')).toBeNull();
  expect(() => readUrl('trigger.example.com')).toThrow('expected an http or https URL');
});

test.each([
  ["it's", `"it's"`],
  ['plain', `'plain'`],
  [`both ' and "`, `'both \\' and "'`],
  ['line\nbreak', `'line\\nbreak'`],
])('repr of %j', (text, shown) => {
  expect(repr(text)).toBe(shown);
});
