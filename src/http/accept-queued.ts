import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** For how long new connections are accepted at most. */
const longestMs = 1_000;
/** A longer turn of the event loop had work to do: callers that were answered in it may connect again. */
const quietTurnMs = 2;

/**
 * Before a server closes: accepts the connections in the kernel's queue, until one turn of the event loop brings no new
 * one. To their callers these connections are established, and the request may have been sent; closing the socket
 * would reset them. Node accepts one connection per turn, and answered callers connect again, so that a busy server
 * would never finish: requests that arrive in the meantime are handled afterwards.
 */
export async function acceptQueued(server: Server): Promise<void> {
  const held: [IncomingMessage, ServerResponse][] = [];
  const listeners = server.listeners('request');
  const hold = (...request: [IncomingMessage, ServerResponse]): void => void held.push(request);
  let accepted = 0;
  const count = (): void => void (accepted += 1);
  server.removeAllListeners('request').on('request', hold).on('connection', count);

  const endsAt = performance.now() + longestMs;
  // The rest of the turn that is under way.
  await setImmediate();
  for (let isQuiet = false; !isQuiet && performance.now() < endsAt;) {
    const [since, before] = [performance.now(), accepted];
    await setImmediate();
    isQuiet = accepted === before && performance.now() - since < quietTurnMs;
  }

  server.off('request', hold).off('connection', count);
  for (const listener of listeners) server.on('request', listener as (...args: unknown[]) => void);
  // Handled after the caller has closed the socket, which it does in this turn.
  void setImmediate().then(() => {
    for (const request of held) server.emit('request', ...request);
  });
}
