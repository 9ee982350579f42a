import type { Schema } from './document.ts';
import { typeName } from './type-name.ts';

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The members of an object, a row each; no table where it has none of its own. */
export function rowsOf({ properties, required = [] }: Schema): readonly string[] {
  if (properties === undefined || Object.keys(properties).length === 0) return [];
  const rows = Object.entries(properties).map(([name, schema]) => [
    `\`${name}\`${required.includes(name) ? '' : ' (optional)'}`,
    typeName(schema),
    [
      schema.default === undefined ? '' : `Default \`${JSON.stringify(schema.default)}\`.`,
      schema.description ?? '',
    ]
      .join(' ')
      .trim(),
  ]);
  return [table(['Member', 'Is', ''], rows)];
}
