import { refuseLeak } from './canary.ts';

/** An answer that is read as it comes. */
export interface OpenStream {
  readonly status: number;
  readonly headers: Headers;
  /** What has come so far. */
  readonly text: () => string;
  /** Resolves with all of it when the other side ends it. */
  readonly ended: Promise<string>;
  readonly hangUp: () => void;
}

export async function openStream(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<OpenStream> {
  const hangingUp = new AbortController();
  const response = await fetch(url, { headers, signal: hangingUp.signal });
  let text = '';
  const read = async (): Promise<string> => {
    const decoded = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
    for await (const part of decoded) {
      text += part;
      refuseLeak('a stream', text);
    }
    return text;
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    status: response.status,
    headers: response.headers,
    text: () => {
      refuseLeak('a stream', text);
      return text;
    },
    ended,
    hangUp: () => hangingUp.abort(),
  };
}

export interface ServerSentEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events in a stream, by the rules of the HTML standard that we make use of. */
export const eventsIn = (text: string): readonly ServerSentEvent[] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('id: '))
    .map((block) => {
      const [id, type, data] = block.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
      return { id: Number(id), type: type ?? '', data: JSON.parse(data ?? '') as Record<string, unknown> };
    });
