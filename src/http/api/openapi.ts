import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { createDocument } from 'zod-openapi';
import { z } from 'zod';
import type { ProblemCode } from './problems.ts';
import { problemKinds, problemSchemas } from './problems.ts';
import type { RouteAnswer, Route } from './route.ts';

/** The security schemes. */
const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key (`pipeline-trigger keys create`), `ADMIN_TOKEN`, or an `id_token` of a GitLab job.',
  },
  hookToken: { type: 'apiKey', in: 'header', name: 'X-Gitlab-Token', description: '`WEBHOOK_SECRET`.' },
  hookSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: 'Standard Webhooks, by `WEBHOOK_SIGNING_TOKEN`.',
  },
  relaySignature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Hub-Signature-256',
    description: 'Of a relay, by `RELAY_SECRET`.',
  },
} as const;

/** A caller needs a role for some routes; OpenAPI 3.1 lists roles where OAuth has scopes. */
const securityOf = {
  anyone: [],
  hook: [{ hookToken: [] }, { hookSignature: [] }, { relaySignature: [] }],
  caller: [{ bearer: [] }],
  admin: [{ bearer: ['admin'] }],
} satisfies Record<Route['access'], Record<string, string[]>[]>;

/** The problems that every route of an access may answer with. Checking id_tokens may need GitLab's keys. */
const usualProblems = {
  anyone: [],
  hook: ['unauthorized', 'too_many_requests', 'storage_unavailable', 'internal'],
  caller: ['unauthorized', 'too_many_requests', 'gitlab_unavailable', 'storage_unavailable', 'internal'],
  admin: [
    'unauthorized',
    'forbidden',
    'too_many_requests',
    'gitlab_unavailable',
    'storage_unavailable',
    'internal',
  ],
} as const satisfies Record<Route['access'], readonly ProblemCode[]>;

const description = `Trigger a GitLab pipeline and wait for its result, without polling.

JSON in, JSON out. Errors are problem documents (RFC 9457), also where no route is: 404 for a path that is not here,
405 with \`Allow\` for a method that a path does not know. \`HEAD\` is answered wherever \`GET\` is, \`OPTIONS\` everywhere.`;

/**
 * The OpenAPI 3.1 document of the routes.
 * @param version of this package
 * @param basePath under which a proxy serves the service, without a slash at the end
 */
export function openApiDocument(routes: readonly Route[], version: string, basePath = '') {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'pipeline-trigger',
        version,
        description,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: basePath === '' ? '/' : basePath }],
      tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
      paths,
      components: { securitySchemes },
    },
    {
      // Answers may get new members: a client must not refuse unknown ones.
      override: ({ jsonSchema, io }) => {
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
        // The bounds of JavaScript's safe integers are no information for a reader.
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    },
  );
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { name, tag, summary, access, params, query, headers, body } = route;
  const requestParams = {
    ...(params === undefined ? {} : { path: z.object(pathSchemas(params)) }),
    ...(query === undefined ? {} : { query }),
    ...(headers === undefined ? {} : { header: headers }),
  };
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf[access],
    requestParams,
    ...(body === undefined ? {} : { requestBody: requestBodyOf(body) }),
    responses: responsesOf(route),
  };
}

const pathSchemas = (params: NonNullable<Route['params']>) =>
  mapValues(params, (text) => z.string().meta({ description: text }));

const requestBodyOf = ({ schema, required, examples }: NonNullable<Route['body']>) => ({
  required,
  content: {
    'application/json': { schema, examples: mapValues(examples, (value) => ({ value })) },
  },
});

/** The answers of a route and its problems, by status. */
function responsesOf({
  access,
  answers,
  problems = [],
}: Route): Record<`${number}`, ZodOpenApiResponseObject> {
  const codes = new Set<ProblemCode>([...problems, ...usualProblems[access]]);
  const kinds = problemKinds.filter(({ code }) => codes.has(code));
  const statuses = new Set([...Object.keys(answers).map(Number), ...kinds.map(({ status }) => status)]);
  const responses = [...statuses]
    .toSorted((one, other) => one - other)
    .map((status) => {
      const here = kinds.filter((kind) => kind.status === status);
      return [String(status), responseOf(answers[status], here)];
    });
  return Object.fromEntries(responses) as Record<`${number}`, ZodOpenApiResponseObject>;
}

function responseOf(answer: RouteAnswer | undefined, kinds: typeof problemKinds): ZodOpenApiResponseObject {
  const content = {
    ...mapValues(answer?.content ?? {}, (schema) => ({ schema })),
    ...(kinds.length === 0 ? {} : { 'application/problem+json': { schema: anyProblemOf(kinds) } }),
  };
  const headers = mapValues(answer?.headers ?? {}, (text) => ({
    description: text,
    schema: { type: 'string' as const },
  }));
  return {
    description: answer?.description ?? kinds.map(({ title }) => `${title}.`).join(' '),
    ...(Object.keys(content).length === 0 ? {} : { content }),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

function anyProblemOf(kinds: typeof problemKinds): z.ZodType {
  const [first, ...rest] = kinds.map(({ code }) => problemSchemas[code]);
  if (first === undefined) throw new Error('no problem to describe');
  return rest.length === 0 ? first : z.discriminatedUnion('type', [first, ...rest]);
}

const mapValues = <In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)] as const));
