import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ApiDocument } from '../../scripts/api-page/document.ts';
import { renderPage } from '../../scripts/api-page/render-page.ts';
import { sampleOf } from '../../scripts/api-page/sample.ts';
import { typeName } from '../../scripts/api-page/type-name.ts';
import { problemKinds } from '../../src/http/api/problems.ts';
import { routes } from '../../src/http/api/routes/all.ts';
import { apiDocument, faultsIn } from '../support/api-document.ts';
import { repository, run } from '../support/run-command.ts';

const page = readFileSync(`${repository}docs/api.md`, 'utf8');
/** The section under a heading. */
const sectionOf = (heading: string): string => page.split(`\n${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';

describe('docs/api.md', () => {
  test('says what /openapi.json says', async () => {
    const { code, stderr } = await run('node', ['scripts/api-page.ts', 'check']);
    expect(code, stderr).toBe(0);
  });

  test.each(routes)('tells of $method $path: who may, with what, what comes back', (route) => {
    const section = sectionOf(`### \`${route.method} ${route.path}\``);
    expect(section).toContain(route.summary);
    expect(section).toContain('Who: ');
    expect(section).toContain(`${route.method} /`);
    const {
      params = {},
      query,
      headers,
    } = route as { params?: object; query?: { shape: object }; headers?: { shape: object } };
    for (const name of Object.keys({ ...params, ...query?.shape, ...headers?.shape }))
      expect(section).toContain(`\`${name}\``);
    for (const status of Object.keys(route.answers))
      expect(section).toMatch(new RegExp(`^\\| ${status} `, 'm'));
  });

  test.each(problemKinds)('tells what $code means', ({ code, status, advice }) => {
    const [row = ''] = sectionOf('## Problems').match(new RegExp(`^\\| \`${code}\` .*$`, 'm')) ?? [];
    expect(row).toContain(String(status));
    expect(row).toContain(advice);
  });

  test('is another page when the description is another', () => {
    const document = structuredClone(apiDocument) as unknown as ApiDocument;
    const other = JSON.parse(
      JSON.stringify(document).replace('Trigger a pipeline', 'Pull a trigger'),
    ) as ApiDocument;
    expect(renderPage(other)).not.toBe(renderPage(document));
  });
});

const schemas = Object.entries(apiDocument.components.schemas).filter(
  ([name]) => !/(Problem|Request)$/.test(name),
);

test.each(schemas)('what the page shows of %s is one', (_name, schema) => {
  const sample = sampleOf(schema, apiDocument as unknown as ApiDocument);
  expect(faultsIn(sample, schema)).toEqual([]);
});

test.each([
  [{ type: 'integer', minimum: 1, maximum: 55 }, 'whole number, 1 to 55'],
  [{ type: ['integer', 'null'] }, 'whole number or null'],
  [{ type: 'string', enum: ['a', 'b'] }, '`a`, `b`'],
  [{ type: 'array', items: { $ref: '#/components/schemas/FailedJob' } }, 'list of [FailedJob](#failedjob)'],
  [{ anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] }, 'time or null'],
  [{ type: 'object', properties: { id: {}, name: {} } }, 'object of `id`, `name`'],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'object of text'],
  [{}, 'anything'],
])('%j is called %s', (schema, name) => {
  expect(typeName(schema)).toBe(name);
});
