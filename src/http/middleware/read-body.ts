import type { RequestHandler } from 'express';
import { raw } from 'express';
import { AppError } from '../../domain/error.ts';

/** `application/json` and its kin (`application/problem+json`), whatever the parameters. */
const json = /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i;

/** Refuses what is not declared to be JSON, before its body is read. */
export const requireJson: RequestHandler = (request, _response, next) => {
  if (!json.test(request.headers['content-type'] ?? ''))
    throw new AppError('unsupported_media_type', 'the content type must be application/json');
  next();
};

/** Reads the body as bytes, up to a limit. Compressed bodies are refused: neither GitLab nor curl sends them. */
export function readBytes(limitBytes: number): RequestHandler {
  const read: RequestHandler = raw({ type: () => true, limit: limitBytes, inflate: false });
  return (request, response, next) => {
    // Express would answer only when it has seen all of it go by.
    if (Number(request.headers['content-length'] ?? 0) > limitBytes)
      throw new AppError('too_large', `the body may have ${limitBytes} bytes at most`);
    read(request, response, next);
  };
}

/** The bytes that `readBytes` read; none for a request without a body. */
export const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** Nobody writes JSON as deep as this, and functions that call themselves for each level come to no harm. */
const deepest = 100;

/** @throws AppError `invalid` */
export function parseJson(body: unknown): unknown {
  const value = parse(bytesOf(body));
  if (isDeeperThan(deepest, value)) throw new AppError('invalid', 'the body is nested too deeply');
  return value;
}

function parse(bytes: Buffer): unknown {
  try {
    // Bytes that are no UTF-8 would otherwise become other characters, in the name of a branch as well.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new AppError('invalid', 'the body is not JSON');
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels; depth += 1)
    level = level.flatMap((each): unknown[] =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
  return level.length > 0;
}
