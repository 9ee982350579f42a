import type { IncomingMessage } from 'node:http';
import { readMultipart } from './read-multipart.ts';
import { refuseInput } from './reply.ts';

export type Input = Readonly<Record<string, unknown>>;

const bodyLimitBytes = 25 * 1024 * 1024;

/**
 * Parameters of a request: query and body together, the body wins, as Grape does it.
 * Bodies may be JSON, url-encoded or multipart forms.
 */
export async function readInput(request: IncomingMessage, query: URLSearchParams): Promise<Input> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const fromQuery = expand(query);
  if (body.length === 0) return fromQuery;
  if (type.includes('application/json')) return { ...fromQuery, ...parseJson(body) };
  if (type.includes('multipart/form-data')) return { ...fromQuery, ...expand(readMultipart(body, type)) };
  return { ...fromQuery, ...expand(new URLSearchParams(body.toString('utf8'))) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > bodyLimitBytes) throw refuseInput('Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): Input {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Input) : {};
  } catch {
    throw refuseInput('Problems parsing JSON');
  }
}

type Nested = { [key: string]: unknown };

/** Unfolds `variables[KEY]`, `scope[]` and `variables[][key]` as Rack does. */
export function expand(entries: Iterable<[string, string]>): Nested {
  const result: Nested = Object.create(null) as Nested;
  for (const [name, value] of entries) {
    const bracket = name.indexOf('[');
    if (bracket <= 0) result[name] = value;
    else assign(result, name.slice(0, bracket), pathOf(name.slice(bracket)), value);
  }
  return result;
}

function pathOf(brackets: string): string[] {
  return [...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, part]) => part ?? '');
}

function assign(target: Nested, key: string, [next, ...rest]: readonly string[], value: string): void {
  if (next === undefined) target[key] = value;
  else if (next === '') target[key] = appended(target[key], rest, value);
  else {
    const inside = isNested(target[key]) ? target[key] : (Object.create(null) as Nested);
    target[key] = inside;
    assign(inside, next, rest, value);
  }
}

/** `a[][x]=1&a[][y]=2&a[][x]=3` is two objects: a key that is there already begins the next one. */
function appended(list: unknown, [key, ...rest]: readonly string[], value: string): unknown[] {
  const items: unknown[] = Array.isArray(list) ? list : [];
  if (key === undefined) return [...items, value];
  const last = items.at(-1);
  if (isNested(last) && !(key in last)) {
    assign(last, key, rest, value);
    return items;
  }
  const fresh = Object.create(null) as Nested;
  assign(fresh, key, rest, value);
  return [...items, fresh];
}

function isNested(value: unknown): value is Nested {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
