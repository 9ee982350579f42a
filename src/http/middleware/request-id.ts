import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';

const header = 'x-request-id';
/** What proxies and tracers make; nothing that could be anything else where it is shown. */
const harmless = /^[A-Za-z0-9._:-]{1,128}$/;

/** Names each request, by the name that it brings if it brings a harmless one: for the log, and in the answer. */
export const nameRequests: RequestHandler = (request, response, next) => {
  const given = request.headers[header];
  response.setHeader(header, typeof given === 'string' && harmless.test(given) ? given : randomUUID());
  next();
};

/** The name of a request; empty for one that has none. */
export const requestIdOf = ({ res }: Request): string => String(res?.getHeader(header) ?? '');
