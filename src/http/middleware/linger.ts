import { finished } from 'node:stream';
import type { Request, Response } from 'express';

/**
 * Sends the whole answer, and ends it when its request has been read to the end, or for so long. To close a connection
 * with bytes unread is a reset, which can reach the other end before the answer does (RFC 9112, section 9.6).
 * @param lingerMs how long we read what we have no use for, in milliseconds
 */
export function linger(request: Request, response: Response, text: string, lingerMs = 5_000): void {
  if (request.complete) {
    response.end(text);
    return;
  }
  response.setHeader('content-length', Buffer.byteLength(text));
  response.write(text);
  const timer = setTimeout(() => response.end(), lingerMs).unref();
  finished(request, () => {
    clearTimeout(timer);
    response.end();
  });
  request.resume();
}
