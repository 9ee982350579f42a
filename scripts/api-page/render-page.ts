import { problemKinds } from '../../src/http/api/problems.ts';
import type { ApiDocument } from './document.ts';
import { renderObject } from './render-object.ts';
import { renderOperation } from './render-operation.ts';
import { table } from './table.ts';

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** docs/api.md: what `/openapi.json` says, for people. */
export function renderPage(document: ApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const groups = document.tags.map(({ name }) => ({
    name,
    members: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const { bearer, ...hookWays } = document.components.securitySchemes;
  const objects = Object.entries(document.components.schemas).filter(([name]) => !name.endsWith('Problem'));
  const paragraphs = [
    '# The API',
    '<!-- Made by "npm run api-page" from what /openapi.json is made of. -->',
    document.info.description,
    'For programs the same is at `/openapi.json` of each service. How to wait with curl alone: [Waiting with curl](waiting-with-curl.md).',
    ...groups.flatMap(({ name, members }) => [
      `**${name}**`,
      table(
        ['Ask', 'To'],
        members.map(({ method, path, operation }) => [
          `[\`${method} ${path}\`](#${anchorOf(`${method} ${path}`)})`,
          lowered(operation.summary),
        ]),
      ),
    ]),
    '## Who asks',
    `\`Authorization: Bearer …\`: ${bearer?.description ?? ''} A hook says it in one of these headers:`,
    table(
      ['Header', 'Is'],
      Object.values(hookWays).map(({ name = '', description }) => [`\`${name}\``, description]),
    ),
    ...groups.flatMap(({ name, members }) => [
      `## ${name}`,
      ...members.flatMap(({ method, path, operation }) => renderOperation(method, path, operation, document)),
    ]),
    '## Objects',
    'Answers may get members that are not named here; requests may have none.',
    ...objects.flatMap(([name, schema]) => renderObject(name, schema, document)),
    '## Problems',
    'What is not answered as it was asked for is a document of type `application/problem+json` (RFC 9457), whose `type` is `/problems/` and the code:',
    ['```json', JSON.stringify(exampleProblem(), null, 2), '```'].join('\n'),
    table(
      ['Code', 'Status', 'Means'],
      problemKinds.map(({ code, status, advice }) => [`\`${code}\``, String(status), advice]),
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

const lowered = (summary: string): string => `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`;

function exampleProblem(): object {
  const [{ code, status, title } = { code: '', status: 0, title: '' }] = problemKinds.filter(
    (kind) => kind.code === 'invalid',
  );
  return { type: `/problems/${code}`, title, status, detail: 'ref: expected text' };
}
