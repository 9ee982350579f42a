import type { Schema } from './document.ts';
import { nameOf } from './document.ts';

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** What a schema allows, in a few words of Markdown: `a`, `b` or null; whole number, 1 to 55; list of [Job](#job). */
export function typeName(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeName).join(' or ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'anything' : types.map((type) => plain(type, schema)).join(' or ');
}

function plain(
  type: string,
  { format, minimum, maximum, items, properties, additionalProperties }: Schema,
): string {
  if (type === 'integer') return `whole number${rangeOf(minimum, maximum)}`;
  if (type === 'array') return `list of ${items === undefined ? 'anything' : typeName(items)}`;
  if (type === 'string') return format === 'date-time' ? 'time' : 'text';
  if (type === 'object' && typeof additionalProperties === 'object')
    return `object of ${typeName(additionalProperties)}`;
  if (properties !== undefined) return `object of ${Object.keys(properties).map(code).join(', ')}`;
  return type;
}

function rangeOf(minimum?: number, maximum?: number): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, ${minimum} or more`;
  // More than JavaScript counts to exactly is nobody's number.
  return maximum === undefined || maximum >= 2 ** 53 - 2 ? '' : `, at most ${maximum}`;
}
