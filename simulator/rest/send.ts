import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiFault } from '../faults/fault-plan.ts';
import type { ApiReply } from './reply.ts';

/** The answer a fault gives instead of GitLab's, before GitLab did anything. */
export function replyInstead(fault: ApiFault | undefined, url: string): ApiReply | undefined {
  if (fault === undefined) return undefined;
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, body: fault.body ?? { message: `${fault.status} simulated fault` } };
    case 'unauthorized':
      return { status: 401, body: { message: '401 Unauthorized' } };
    case 'rateLimit':
      return tooManyRequests(fault.retryAfterSeconds);
    case 'redirect':
      return { status: 301, body: '', headers: { location: `${fault.to}${url}` } };
    case 'html':
      return htmlPage;
    case 'resetBefore':
    case 'resetAfter':
    case 'hang':
    case 'slow':
    case 'truncate':
      return undefined;
  }
}

/** GitLab's 429; its application limits come without `Retry-After`. */
export function tooManyRequests(retryAfterSeconds: number | undefined): ApiReply {
  const headers = { 'content-type': 'text/plain', 'retry-after': String(retryAfterSeconds) };
  return {
    status: 429,
    body: retryAfterSeconds === undefined ? { message: { error: 'Too many requests' } } : 'Retry later\n',
    ...(retryAfterSeconds === undefined ? {} : { headers }),
  };
}

const htmlPage: ApiReply = {
  status: 200,
  body: '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in</body></html>',
  headers: { 'content-type': 'text/html; charset=utf-8' },
};

/** Writes a reply, damaged as the fault says. */
export async function send(
  response: ServerResponse,
  reply: ApiReply,
  fault: ApiFault | undefined,
): Promise<void> {
  if (fault?.kind === 'resetAfter') reset(response);
  if (fault?.kind === 'resetAfter' || fault?.kind === 'hang') return;
  const { bytes: whole, type } = encode(reply);
  const half = whole.subarray(0, Math.floor(whole.length / 2));
  const bytes = fault?.kind === 'truncate' && fault.looksWhole === true ? half : whole;
  response.writeHead(reply.status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': bytes.length,
    ...reply.headers,
  });
  if (fault?.kind === 'truncate' && fault.looksWhole !== true) {
    response.write(half, () => response.destroy());
  } else if (fault?.kind === 'slow') {
    await drip(response, bytes, fault.ms);
  } else {
    response.end(bytes);
  }
}

/** Breaks the connection so that the caller sees ECONNRESET. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

function encode({ body, status }: ApiReply): { bytes: Buffer; type?: string } {
  if (body === undefined || status === 204) return { bytes: Buffer.alloc(0) };
  if (Buffer.isBuffer(body)) return { bytes: body, type: 'application/octet-stream' };
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain; charset=utf-8' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
}

async function drip(response: ServerResponse, bytes: Buffer, ms: number): Promise<void> {
  const steps = Math.min(20, bytes.length);
  for (let step = 0; step < steps && !response.destroyed; step += 1) {
    const from = Math.floor((bytes.length * step) / steps);
    response.write(bytes.subarray(from, Math.floor((bytes.length * (step + 1)) / steps)));
    await sleep(ms / steps, undefined, { ref: false });
  }
  response.end();
}
