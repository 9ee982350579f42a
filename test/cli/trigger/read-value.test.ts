import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  readBoolean,
  readInput,
  readInteger,
  readSeconds,
  readToken,
  readUrl,
  repr,
  splitNames,
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
  ['x=["el8", "el9"]', ['x', ['el8', 'el9']]],
  ['x={"k": 1}', ['x', { k: 1 }]],
  ['x=[ ]', ['x', []]],
  ['x= { } ', ['x', {}]],
  ['x=[1.10, {"a": [null, true]}]', ['x', [1.1, { a: [null, true] }]]],
  ['x=[el8, el9]', ['x', '[el8, el9]']],
  ['x=1e3', ['x', '1e3']],
  ['x=12345678901234567890', ['x', '12345678901234567890']],
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

test.each(['https://user:pass@trigger.example.com', 'http://user@host', 'http://:pass@host'])(
  'a URL with user and password is refused: %s',
  (url) => {
    expect(() => readUrl(url)).toThrow(/^expected an http or https URL without user and password$/);
  },
);

test.each(['glpat-1', ' glpat-1\n', '\ufeffglpat-1\r\n', '\tglpat-1\u00a0'])(
  '%j is the token glpat-1',
  (text) => {
    expect(readToken(text)).toBe('glpat-1');
  },
);

test.each(['glpat\u200b', 'gl\npat', 'gl pat', 'glpät', '\u0000g\u0000l', '\ufffd\ufffdglpat'])(
  'the token %j is refused, and not shown',
  (text) => {
    expect(() => readToken(text)).toThrow(
      /^expected ASCII characters without blanks: an HTTP header carries no others$/,
    );
  },
);

test.each([
  ['a,b', ['a', 'b']],
  ['deploy: [aws, prod],deploy: [gcp, prod]', ['deploy: [aws, prod]', 'deploy: [gcp, prod]']],
  ['a [x,b', ['a [x', 'b']],
  ['a], b[', ['a]', ' b[']],
  ['a: [x, [y, z],b', ['a: [x, [y, z]', 'b']],
  ['', ['']],
])('the names in %j', (list, names) => {
  expect(splitNames(list)).toEqual(names);
});

test('names without commas come back out of a list, as do those of a matrix', () => {
  const name = fc.stringMatching(/^[a-z :]{1,8}(?:\[[a-z, ]{0,12}\])?$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (names) => {
      expect(splitNames(names.join(','))).toEqual(names);
    }),
  );
});

test.each([
  ["it's", `"it's"`],
  ['plain', `'plain'`],
  [`both ' and "`, `'both \\' and "'`],
  ['line\nbreak', `'line\\nbreak'`],
])('repr of %j', (text, shown) => {
  expect(repr(text)).toBe(shown);
});
