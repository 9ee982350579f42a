import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** How long connections may keep coming before they are not accepted any more. */
const longestMs = 1_000;
/** A turn of the event loop that took longer had work to do: callers who were answered in it call again. */
const quietTurnMs = 2;

/**
 * Before a server closes: accepts what waits in the kernel's queue, until one turn of the event loop brings no new
 * connection. As their callers see it these connections have been made, and perhaps their request was sent; with the
 * socket closed they would be reset. Node accepts one connection a turn, and callers who are answered come again, so
 * that a busy server would never be done: requests that come meanwhile are handled afterwards.
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
