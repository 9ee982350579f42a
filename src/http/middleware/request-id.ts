import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

const header = 'x-request-id';
/** The characters of ids that proxies and tracers make; harmless wherever the id is shown. */
const harmless = /^[A-Za-z0-9._:-]{1,128}$/;

/** Gives each request an id, its own if it brings a harmless one: for the log, and in the answer. */
export const nameRequests: RequestHandler = (request, response, next) => {
  const given = request.headers[header];
  response.setHeader(header, typeof given === 'string' && harmless.test(given) ? given : randomUUID());
  next();
};

/** The id of a request; empty for one without. */
export const requestIdOf = ({ res }: Request): string => String(res?.getHeader(header) ?? '');
