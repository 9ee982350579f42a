import type { RequestHandler } from 'express';
import { raw } from 'express';
import { AppError } from '../domain/error.ts';

/** `application/json` and its kin (`application/problem+json`), whatever the parameters. */
const json = /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i;

/** Refuses what is not declared to be JSON, before its body is read. */
export const requireJson: RequestHandler = (request, _response, next) => {
  if (!json.test(request.headers['content-type'] ?? ''))
    throw new AppError('unsupported_media_type', 'the content type must be application/json');
  next();
};

/** Reads the body as bytes, up to a limit. Compressed bodies are refused: neither GitLab nor curl sends them. */
export const readBytes = (limitBytes: number): RequestHandler =>
  raw({ type: () => true, limit: limitBytes, inflate: false });

/** The bytes that `readBytes` read; none for a request without a body. */
export const bytesOf = (body: unknown): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

/** @throws AppError `invalid` */
export function parseJson(body: unknown): unknown {
  try {
    return JSON.parse(bytesOf(body).toString('utf8'));
  } catch {
    throw new AppError('invalid', 'the body is not JSON');
  }
}
