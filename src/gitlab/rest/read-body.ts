/** Far more than any page of GitLab's API, and small enough for memory. */
const longestBytes = 32 * 1024 * 1024;

/** An answer that is too long to be one of the API. */
export class AnswerTooLong extends Error {
  override readonly name = 'AnswerTooLong';
}

/**
 * The bytes of an answer, as they arrive; ends the transfer when their reader stops.
 * @param idleMs how long each piece may take, without the time of the reader
 * @throws DOMException `TimeoutError`; errors of the connection
 */
export async function* bytesOf(response: Response, idleMs: number): AsyncGenerator<Uint8Array> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await within(idleMs, reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * The text of an answer, as it arrives; ends the transfer when its reader stops.
 * @param idleMs how long each piece may take, without the time of the reader
 * @throws DOMException `TimeoutError`; errors of the connection
 */
export async function* textOf(response: Response, idleMs = Infinity): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await within(idleMs, reader.read());
      const text = decoder.decode(value, { stream: !done });
      if (text !== '') yield text;
      if (done) return;
    }
  } finally {
    // A stream that has ended or failed cannot be canceled.
    await reader.cancel().catch(() => undefined);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  if (ms === Infinity) return work;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new DOMException('no answer in time', 'TimeoutError')), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The whole text of an answer. @throws AnswerTooLong */
export async function wholeText(response: Response, limit = longestBytes): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of textOf(response)) {
    length += piece.length;
    if (length > limit) throw new AnswerTooLong('the answer is too long');
    pieces.push(piece);
  }
  return pieces.join('');
}
