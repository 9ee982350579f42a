import { write as writeTo } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The destination of log lines. */
export interface LogDestination {
  readonly write: (line: string) => void;
  /** Calls back when all lines so far are written or dropped. */
  readonly flush: (done: () => void) => void;
  /** How many lines could not be written. */
  readonly droppedLines: () => number;
}

/** Writes some of these bytes. @throws Error of the system @returns how many */
type Write = (bytes: Buffer) => Promise<number>;

/** The largest write, and the largest buffer for a slow reader, beyond which lines are dropped. */
const largestWrite = 64 * 1024;
const mostWaiting = 8 * 2 ** 20;
/** The pause before the next write to a reader that takes nothing at the moment. */
const retryMs = 100;

const standardError: Write = (bytes) =>
  new Promise((resolve, reject) =>
    writeTo(2, bytes, (error, written) => (error === null ? resolve(written) : reject(error))),
  );

/**
 * The log must neither end nor block the service: a line that cannot be written, on a full disk or without a reader, is
 * dropped and counted, and the first line that can be written again reports the number.
 */
export function createLogDestination(write: Write = standardError): LogDestination {
  let waiting: string[] = [];
  let waitingLength = 0;
  let writing: Promise<void> | null = null;
  let dropped = 0;
  let reported = 0;
  /** Whether the last write ended within a line. */
  let isCut = false;

  /** @returns how many bytes were written before an error; all of them without one */
  async function writeAll(bytes: Buffer): Promise<number> {
    let offset = 0;
    while (offset < bytes.length)
      try {
        const written = await write(bytes.subarray(offset));
        offset += written;
        if (written === 0) await sleep(retryMs);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return offset;
        await sleep(retryMs);
      }
    return offset;
  }

  async function writeSome(): Promise<void> {
    const lines = takeSome();
    const head = (isCut ? '\n' : '') + (dropped > reported ? noticeOf(dropped - reported) : '');
    const noticed = dropped;
    const bytes = Buffer.from(head + lines.join(''));
    const written = await writeAll(bytes);
    if (written === bytes.length) {
      [reported, isCut] = [noticed, false];
      return;
    }
    const whole = bytes.subarray(0, written).toString('latin1').split('\n').length - 1;
    const ofHead = head.split('\n').length - 1;
    if (written > 0) isCut = bytes[written - 1] !== newline;
    if (written >= Buffer.byteLength(head)) reported = noticed;
    dropped += lines.length - Math.max(whole - ofHead, 0);
  }

  function takeSome(): readonly string[] {
    const taken: string[] = [];
    for (let length = 0; length < largestWrite;) {
      const line = waiting[taken.length];
      if (line === undefined) break;
      taken.push(line);
      length += line.length;
    }
    waiting = waiting.slice(taken.length);
    waitingLength -= taken.reduce((sum, line) => sum + line.length, 0);
    return taken;
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) await writeSome();
    writing = null;
  }

  return {
    write(line) {
      if (waitingLength + line.length > mostWaiting) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      writing ??= writeWaiting();
    },
    flush: (done) => void (writing ?? Promise.resolve()).then(done),
    droppedLines: () => dropped,
  };
}

const newline = 0x0a;

/** In the form of pino's lines; 40 is a warning. */
const noticeOf = (droppedLines: number): string =>
  `${JSON.stringify({ level: 40, time: Date.now(), pid: process.pid, droppedLines, msg: 'log lines could not be written' })}\n`;
