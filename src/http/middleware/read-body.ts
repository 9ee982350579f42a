import type { RequestHandler } from 'express';
import { raw } from 'express';
import { AppError } from '../../domain/error.ts';
import { isWithinBounds } from '../../platform/json-bounds.ts';

/** `application/json` and types such as `application/problem+json`, with any parameters. */
const json = /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i;

/** Refuses a body that is not declared as JSON, before it is read. */
export const requireJson: RequestHandler = (request, _response, next) => {
  if (!json.test(request.headers['content-type'] ?? ''))
    throw new AppError('unsupported_media_type', 'the content type must be application/json');
  next();
};

/** Reads the body as bytes, up to a limit. Compressed bodies are refused: neither GitLab nor curl sends them. */
export function readBytes(limitBytes: number): RequestHandler {
  const read: RequestHandler = raw({ type: () => true, limit: limitBytes, inflate: false });
  return function readBody(request, response, next) {
    // Express would answer only when it has seen all of it go by.
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new AppError('too_large', `the body may have ${limitBytes} bytes at most`);
    read(request, response, next);
  };
}

/** The bytes that `readBytes` read; none for a request without a body. */
export const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** Deeper than JSON in use, and shallow enough for recursive functions. */
const deepest = 100;

/** Twice the limit of the schemas, which visit every item before they count, as do digests and policies. */
const mostItems = 1_000;
const mostItemsInAll = 10_000;

/** @throws AppError `invalid`, `too_many_items` */
export function parseJson(body: unknown): unknown {
  const bytes = bytesOf(body);
  if (!isWithinBounds(bytes, { items: mostItemsInAll, groups: Infinity })) throw tooManyInAll();
  const value = parse(bytes);
  requireFewItems(value);
  return value;
}

function parse(bytes: Buffer): unknown {
  try {
    // Invalid UTF-8 would otherwise become other characters, in the name of a branch as well.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AppError('invalid', 'the body is not JSON');
  }
}

const tooManyInAll = (): AppError =>
  new AppError('too_many_items', `the body may have ${mostItemsInAll} items in all at most`);

/** Visits no more than the allowed number. @throws AppError `invalid`, `too_many_items` */
function requireFewItems(value: unknown): void {
  let level = [value];
  let inAll = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new AppError('invalid', 'the body is nested too deeply');
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      const items: unknown[] = Array.isArray(each) ? each : Object.values(each);
      if (items.length > mostItems)
        throw new AppError(
          'too_many_items',
          `a list or object of the body may have ${mostItems} items at most`,
        );
      inAll += items.length;
      if (inAll > mostItemsInAll) throw tooManyInAll();
      next.push(...items);
    }
    level = next;
  }
}
