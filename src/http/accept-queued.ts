import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** For how long new connections are accepted at most. */
const longestMs = 1_000;
/** So long nothing has to happen: callers that were just answered connect again within it. */
const quietMs = 2;
/** Source: https://nodejs.org/api/diagnostics_channel.html#http */
const answered = 'http.server.response.finish';

/**
 * Before a server closes: accepts the connections in the kernel's queue, until none has come and none was answered for a
 * while. To their callers these connections are established, and the request may have been sent; closing the socket
 * would reset them. Node accepts one connection per turn, and answered callers connect again, so that a busy server
 * would never finish: requests that arrive in the meantime are handled afterwards.
 */
export async function acceptQueued(server: Server): Promise<void> {
  const held: [IncomingMessage, ServerResponse][] = [];
  const listeners = server.listeners('request');
  const hold = (...request: [IncomingMessage, ServerResponse]): void => void held.push(request);
  let changedAt = performance.now();
  const note = (): void => void (changedAt = performance.now());
  const noteOwn = (message: unknown): void => {
    if ((message as { server: Server }).server === server) note();
  };
  server.removeAllListeners('request').on('request', hold).on('connection', note);
  subscribe(answered, noteOwn);

  const endsAt = performance.now() + longestMs;
  // The rest of the turn that is under way.
  await setImmediate();
  for (let isQuiet = false; !isQuiet && performance.now() < endsAt;) {
    const since = performance.now();
    await setImmediate();
    // A turn that took long had work to do: what came meanwhile is heard in the next one.
    if (performance.now() - since >= quietMs) note();
    isQuiet = performance.now() - changedAt >= quietMs;
  }

  unsubscribe(answered, noteOwn);
  server.off('request', hold).off('connection', note);
  for (const listener of listeners) server.on('request', listener as (...args: unknown[]) => void);
  // Handled after the caller has closed the socket, which it does in this turn.
  void setImmediate().then(() => {
    for (const request of held) server.emit('request', ...request);
  });
}
