import type { Request, RequestHandler, Response } from 'express';
import { destroyIfStalled } from './streaming.ts';

/** The answer to a request, as data. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string as plain text; none is an empty body. */
  readonly body?: object | string;
}

/** Sends an answer. */
export function send(response: Response, { status, headers = {}, body }: Reply): void {
  response.status(status);
  if (typeof body === 'string') response.type('text/plain');
  else if (body !== undefined) response.type('application/json');
  response.set(headers);
  response.end(typeof body === 'object' ? JSON.stringify(body) : body);
  destroyIfStalled(response);
}

/** Turns a function from request to answer into a handler; what it throws goes to the error middleware. */
export const reply = (answer: (request: Request) => Reply | Promise<Reply>): RequestHandler =>
  async function sendReply(request, response) {
    send(response, await answer(request));
  };
