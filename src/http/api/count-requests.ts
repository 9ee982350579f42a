import type { Request, RequestHandler, Response } from 'express';
import type { AnswerKind, Meter } from '../../app/ports/meter.ts';
import { matchedPath } from '../middleware/matched-path.ts';
import { expressPath } from './route.ts';
import { routes } from './routes/all.ts';

const ours = new Set(routes.map((route) => `${route.method} ${expressPath(route)}`));

/** Counts each request once it is answered, or its caller has hung up: by route, without the ids in its path. */
export function countRequests(meter: Pick<Meter, 'requestAnswered'>): RequestHandler {
  // One listener for all: a closure for each of ten thousand waiting requests would need memory.
  function count(this: Response): void {
    meter.requestAnswered(routeOf(this.req), answerOf(this));
  }
  return function countRequest(_request, response, next) {
    response.on('close', count);
    next();
  };
}

/** The declared route; `page` for the dashboard, `other` for unknown paths and methods. */
function routeOf(request: Request): string {
  const path = matchedPath(request);
  if (path === null) return 'other';
  const name = `${request.method === 'HEAD' ? 'GET' : request.method} ${path}`;
  if (ours.has(name)) return name;
  return paths.has(path) ? 'other' : 'page';
}

const paths = new Set(routes.map(expressPath));

/** A caller that has to continue waiting gets a 503 as well, which is no failure. */
function answerOf(response: Response): AnswerKind {
  if (!response.writableFinished) return 'hung_up';
  const { statusCode } = response;
  const isPending = statusCode === 503 && response.getHeader('pipeline-trigger-state') === 'pending';
  return isPending ? 'pending' : statusCode;
}
