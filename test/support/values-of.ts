import fc from 'fast-check';
import type { Schema } from '../../scripts/api-page/document.ts';
import { resolved } from './api-document.ts';

const anyText = (schema: Schema): fc.Arbitrary<string> => {
  if (schema.format === 'uri') return fc.constantFrom('https://gitlab.test', 'http://127.0.0.1:1/a/b');
  if (schema.pattern !== undefined) return fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
  const { minLength = 0, maxLength = 20 } = schema;
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 20)) });
};

const anyNumber = ({ minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<number> =>
  fc.integer({
    min: minimum ?? (exclusiveMinimum === undefined ? -1000 : exclusiveMinimum + 1),
    max: Math.min(maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
  });

const anyList = ({ items = {}, minItems = 0 }: Schema): fc.Arbitrary<unknown> =>
  fc.array(valuesOf(items), { minLength: minItems, maxLength: minItems + 2 });

function anyObject(schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], propertyNames = {}, additionalProperties = {} } = schema;
  if (Object.keys(properties).length === 0 && typeof additionalProperties === 'object')
    return fc.dictionary(anyText(propertyNames), valuesOf(additionalProperties), { maxKeys: 3 });
  const members = Object.entries(properties).map(([name, member]) => [name, valuesOf(member)]);
  return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
}

/** Values that a schema of the document allows. */
export function valuesOf(given: Schema): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(valuesOf));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case 'string':
      return anyText(schema);
    case 'integer':
    case 'number':
      return anyNumber(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return anyList(schema);
    case 'object':
      return anyObject(schema);
    case undefined:
    default:
      return fc.jsonValue();
  }
}
