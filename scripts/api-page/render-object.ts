import type { ApiDocument, Schema } from './document.ts';
import { sampleOf } from './sample.ts';
import { rowsOf } from './table.ts';

/** Examples of these stand where they are asked with. */
const isRequest = (name: string): boolean => name.endsWith('Request');

/** An object's table of members, and what one looks like. */
export function renderObject(name: string, schema: Schema, document: ApiDocument): readonly string[] {
  return [
    `### ${name}`,
    ...(schema.description === undefined ? [] : [schema.description]),
    ...rowsOf(schema),
    ...(isRequest(name)
      ? []
      : [['```json', JSON.stringify(sampleOf(schema, document), null, 2), '```'].join('\n')]),
  ];
}
