import { expect, test } from 'vitest';
import { evaluateCondition } from '../../../simulator/engine/expression.ts';

const variables = new Map([
  ['REF', 'main'],
  ['EMPTY', ''],
  ['TAG', 'v1.2'],
]);

test.each([
  ['$REF == "main"', true],
  ["$REF == 'dev'", false],
  ['$REF != "dev"', true],
  ['$REF', true],
  ['${REF}', true],
  ['$EMPTY', false],
  ['$UNSET', false],
  ['$UNSET == null', true],
  ['$EMPTY == null', false],
  ['$TAG =~ /^v\\d/', true],
  ['$TAG !~ /^V/', true],
  ['$TAG =~ /^V/i', true],
  ['$UNSET =~ /x/', false],
  ['$REF == "dev" || $TAG', true],
  ['$REF == "dev" && $TAG || $REF', true],
  ['$REF == "dev" && ($TAG || $REF)', false],
  ['$REF == $REF', true],
])('%s is %s', (condition, expected) => {
  expect(evaluateCondition(condition, variables)).toBe(expected);
});

test.each(['$REF ==', '($REF', '$REF $REF', '&& $REF', 'REF'])('%s is no condition', (condition) => {
  expect(() => evaluateCondition(condition, variables)).toThrow(SyntaxError);
});
