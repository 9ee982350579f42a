import type { ApiDocument, Operation, Schema } from './document.ts';
import { nameOf, resolved } from './document.ts';
import { table } from './table.ts';
import { sampleOf } from './sample.ts';
import { typeName } from './type-name.ts';

const problemType = 'application/problem+json';

/** The section of one method of one path: who may ask, with what, what comes back, what can go wrong. */
export function renderOperation(
  method: string,
  path: string,
  operation: Operation,
  document: ApiDocument,
): readonly string[] {
  const { summary, description, responses } = operation;
  const answers = Object.entries(responses).filter(([, answer]) => !isProblemOnly(answer));
  const said = [
    `${summary}.${description === undefined ? '' : ` ${description}`}`,
    `Who: ${whoMay(operation)}.`,
  ];
  return [
    `### \`${method} ${path}\``,
    ...said,
    ...parametersOf(operation),
    ...bodyOf(operation),
    ...exampleRequest(method, path, operation),
    '**Answers**',
    table(
      ['Status', 'Body', ''],
      answers.map(([status, { description: text, content, headers }]) => [
        status,
        Object.entries(content ?? {})
          .filter(([type]) => type !== problemType)
          .map(([type, { schema }]) => `\`${type}\`: ${typeName(schema)}`)
          .join('<br>') || 'none',
        [
          text,
          ...Object.entries(headers ?? {}).map(([name, header]) => `\`${name}\`: ${header.description}`),
        ].join('<br>'),
      ]),
    ),
    ...exampleAnswer(operation, document),
    ...problemsOf(operation, document),
  ];
}

/** What has headers of its own may be something else than the problem, as a 503 to one who waits. */
const isProblemOnly = ({ content = {}, headers }: Operation['responses'][string]): boolean =>
  headers === undefined &&
  Object.keys(content).length > 0 &&
  Object.keys(content).every((type) => type === problemType);

function whoMay({ security }: Operation): string {
  if (security.length === 0) return 'anyone, without a key';
  const [{ bearer } = {}] = security;
  if (bearer === undefined) return 'GitLab, by one of the ways of a hook';
  return bearer.includes('admin')
    ? 'a key with the role `admin`'
    : 'every key or id_token, as far as its role goes';
}

function parametersOf({ parameters = [] }: Operation): readonly string[] {
  if (parameters.length === 0) return [];
  const rows = parameters.map(({ in: where, name, required, description, schema }) => [
    `\`${name}\``,
    where,
    typeName(schema),
    [
      required === true ? '**required**' : '',
      schema.default === undefined ? '' : `default \`${JSON.stringify(schema.default).replaceAll('"', '')}\``,
      description ?? schema.description ?? '',
    ]
      .filter((part) => part !== '')
      .join('; '),
  ]);
  return [table(['Parameter', 'In', 'Is', ''], rows)];
}

function bodyOf({ requestBody }: Operation): readonly string[] {
  if (requestBody === undefined) return [];
  const [[type, { schema }] = ['', { schema: {} as Schema }]] = Object.entries(requestBody.content);
  return [`Body${requestBody.required ? '' : ', which may be left out'}: \`${type}\`, ${typeName(schema)}.`];
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** What the body looks like and the path, with something for what is in braces. */
function exampleRequest(
  method: string,
  path: string,
  { requestBody, security }: Operation,
): readonly string[] {
  const target = path
    .replaceAll('{id}', idIn(path))
    .replaceAll('{code}', 'not_found')
    .replaceAll('{project}', 'group%2Fapp');
  const [{ examples = {} } = {}] = Object.values(requestBody?.content ?? {});
  const bodies = Object.values(examples).map(({ value }) => value);
  const auth =
    security.length === 0
      ? []
      : [
          security[0] !== undefined && 'bearer' in security[0]
            ? 'Authorization: Bearer ptk_…'
            : 'X-Gitlab-Token: …',
        ];
  const shown = (bodies.length === 0 ? [undefined] : bodies).map((body) =>
    [
      `${method} ${target}`,
      ...auth,
      ...(body === undefined ? [] : ['Content-Type: application/json', '', json(body)]),
    ].join('\n'),
  );
  return shown.map((text) => ['```http', text, '```'].join('\n'));
}

function idIn(path: string): string {
  if (path.includes('/deliveries/')) return 'dlv_5f8a6b7c8d9e0f1a2b2f1c7a0b9d3e4c';
  if (path.includes('/callbacks/')) return 'cbk_2f1c7a0b9d3e4c5f8a6b7c8d9e0f1a2b';
  return 'trg_2f1c7a0b9d3e4c5f8a6b7c8d9e0f1a2b';
}

/** Of the first answer with JSON; a trigger is shown once, among the objects. */
function exampleAnswer({ responses }: Operation, document: ApiDocument): readonly string[] {
  for (const { content } of Object.values(responses)) {
    const schema = content?.['application/json']?.schema;
    if (schema === undefined) continue;
    const name = nameOf(schema);
    if (name !== undefined) return [`For example: [${name}](#${name.toLowerCase()}).`];
    return [['```json', json(sampleOf(schema, document)), '```'].join('\n')];
  }
  return [];
}

function problemsOf({ responses }: Operation, document: ApiDocument): readonly string[] {
  const rows = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = content?.[problemType]?.schema;
    return schema === undefined
      ? []
      : codesIn(schema, document).map((code) => `${status} [\`${code}\`](#problems)`);
  });
  return rows.length === 0 ? [] : [`Problems: ${rows.join(', ')}.`];
}

const codesIn = (schema: Schema, document: ApiDocument): readonly string[] =>
  (schema.oneOf ?? [schema]).map((each) =>
    String(resolved(each, document).properties?.['type']?.const).replace('/problems/', ''),
  );
