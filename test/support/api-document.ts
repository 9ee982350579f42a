import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { openApiDocument } from '../../src/http/api/openapi.ts';
import { routes } from '../../src/http/api/routes/all.ts';
import type { Content, Schema } from '../../scripts/api-page/document.ts';

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export const apiDocument = JSON.parse(JSON.stringify(openApiDocument(routes, '0.0.0'))) as ApiDocument;

/** Those that change something come last: what the others are to see would be gone. */
export const operations: readonly Operation[] = Object.entries(apiDocument.paths)
  .flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  )
  .toSorted((one, other) => Number('202' in one.responses) - Number('202' in other.responses));

/** What a reference of the document refers to. */
export function resolved(schema: Schema): Schema {
  const [, name] = /^#\/components\/schemas\/(.+)$/.exec(schema.$ref ?? '') ?? [];
  if (name === undefined) return schema;
  const found = apiDocument.components.schemas[name];
  if (found === undefined) throw new Error(`there is no schema ${name}`);
  return found;
}

/** The document describes objects that may grow; here they must have described whatever they have. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isOpen = copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
// Of a CommonJS module, whose types say otherwise.
(ajvFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema({ ...(closed(apiDocument) as object), $id: 'https://api.test/' });

const validators = new Map<Schema, (value: unknown) => readonly string[]>();

/** What is wrong with a value by a schema of the document; nothing when it is right. */
export function faultsIn(value: unknown, schema: Schema): readonly string[] {
  const known = validators.get(schema);
  if (known !== undefined) return known(value);
  const text = JSON.stringify(closed(schema)).replaceAll('"$ref":"#/', '"$ref":"https://api.test/#/');
  const validate = ajv.compile(JSON.parse(text) as object);
  const validator = (other: unknown): readonly string[] =>
    validate(other)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message = '', params }) =>
          [instancePath, message, JSON.stringify(params)].filter(Boolean).join(' '),
        );
  validators.set(schema, validator);
  return validator(value);
}

/** Every example of the document with the schema that it is one of. */
export function examplesIn(value: unknown): readonly { readonly schema: Schema; readonly value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  const { schema, examples, example } = value as Content & { readonly example?: unknown };
  const own = [
    ...(Array.isArray(examples) ? examples.map((each: unknown) => [value, each] as const) : []),
    ...(example === undefined ? [] : [[value, example] as const]),
    ...('schema' in value && typeof examples === 'object'
      ? Object.values(examples).map((each) => [schema, each.value] as const)
      : []),
  ].map(([of, each]) => ({ schema: of, value: each }));
  return [...own, ...Object.values(value).flatMap(examplesIn)];
}

/** How an answer disagrees with what its operation is described to answer; nothing when it agrees. */
export function disagreements(
  { method, responses }: Operation,
  {
    status,
    headers,
    body,
  }: { status: number | null; headers: Readonly<Record<string, string>>; body: string },
): readonly string[] {
  const response = responses[String(status)];
  if (response === undefined) return [`${status} is not described`];
  const type = headers['content-type']?.split(';')[0] ?? null;
  // Who waits is answered with nothing where there is nothing to say yet.
  const isStillPending = status === 503 && headers['pipeline-trigger-state'] === 'pending';
  if (type === null)
    return response.content === undefined || isStillPending ? [] : [`${status} should have a body`];
  const content = response.content?.[type];
  if (content === undefined) return [`${status} should have no ${type}`];
  if (method === 'HEAD' || !type.endsWith('json')) return [];
  return faultsIn(JSON.parse(body), content.schema).map((fault) => `${status} ${fault}: ${body}`);
}

/** The types of the problems that an operation may answer with under a status. */
export const problemTypesOf = ({ responses }: Operation, status: string): readonly string[] => {
  const schema = responses[status]?.content?.['application/problem+json']?.schema;
  if (schema === undefined) return [];
  return (schema.oneOf ?? [schema]).map((each) => String(resolved(each).properties?.['type']?.const));
};
