import { backoffMs } from '../../domain/backoff.ts';
import type { Clock } from '../../app/ports/index.ts';
import { Failure, detailIn, whatFailed } from '../../client/errors.ts';
import { isHtml, retryAfterMs } from '../../domain/http.ts';
import type { ServiceAddress } from './command.ts';
import { outcomeExitCodes } from './exit-code.ts';
import { adviceFor } from './outcome-notes.ts';

/** The service gave no proper answer: it may be temporarily unreachable. */
export class ServiceAway extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Question {
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The service's API, with retries while the service does not answer. */
export interface ServiceClient {
  /**
   * One answer; repeats the request while the service is unreachable. Only for requests that may be repeated.
   * @throws Failure when the service refuses, or is unreachable for too long
   */
  readonly ask: (path: string, question?: Question) => Promise<Response>;
  /** The same, without a repetition. @throws ServiceAway, too */
  readonly once: (path: string, question: Question) => Promise<Response>;
  /** To be called when a part of a streamed answer has arrived. */
  readonly heard: () => void;
}

interface Deps {
  readonly address: ServiceAddress;
  readonly clock: Clock;
  readonly note: (message: string) => void;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
}

/** Longer than the service holds a waiting request. */
const answerMs = 70_000;
/** The minimum time for an answer, however little time is left. */
const leastAnswerMs = 5_000;
/** The longest pause between two attempts: a caller should not wait longer for a service that is back. */
const longestBackoff = 6;

// eslint-disable-next-line max-lines-per-function -- its steps share when the service was last heard of
export function createServiceClient({
  address,
  clock,
  note,
  headers: always = {},
  fetch = globalThis.fetch,
}: Deps): ServiceClient {
  const { url, token, timeoutSeconds, firstAnswerSeconds } = address;
  const origin = new URL(url).origin;
  let heardAt = clock.now();
  let isKnown = false;
  const heard = (): void => {
    heardAt = clock.now();
    isKnown = true;
  };
  const limitSeconds = (): number => (isKnown ? timeoutSeconds : firstAnswerSeconds);
  const leftMs = (): number => limitSeconds() * 1000 - (clock.now() - heardAt);
  /** At an address that has never answered, a hanging request must not take longer than all attempts together. */
  const answerTimeMs = (): number => (isKnown ? answerMs : Math.max(leftMs(), leastAnswerMs));

  async function send(
    path: string,
    { method = 'GET', body, headers = {}, signal }: Question,
  ): Promise<Response> {
    const request: RequestInit = {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...always,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    try {
      const response = await checked(await fetch(url + path, request));
      heard();
      return response;
    } catch (error) {
      throw error instanceof Error && !(error instanceof Failure) ? away(error) : error;
    }
  }

  /** Repeats the request with growing pauses, for as long as the service may be unreachable. */
  async function persist(
    path: string,
    question: () => Question,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send(path, question());
      } catch (error) {
        if (!(error instanceof ServiceAway) || signal?.aborted === true) throw error;
        const most = leftMs();
        if (most <= 0) throw tooLong(error);
        const waitMs = Math.min(
          backoffMs(Math.min(attempt, longestBackoff), error.retryAfterMs, Math.random()),
          most,
        );
        note(
          `no answer from the service at ${origin} (${error.message}); trying again in ${seconds(waitMs)} s`,
        );
        await clock.sleep(waitMs, signal);
      }
    }
  }

  const tooLong = (error: ServiceAway): Failure =>
    new Failure(
      `no answer from the service at ${origin} for ${limitSeconds()} seconds (${error.message})`,
      outcomeExitCodes.unknown,
    );

  async function checked(response: Response): Promise<Response> {
    const { status, headers } = response;
    // "Still pending" is a 503 as well.
    if (headers.has('pipeline-trigger-state')) return response;
    const isPage = isHtml(headers.get('content-type'));
    if (response.ok && !isPage) return response;
    const why = detailIn(await response.json().catch(() => null));
    // A problem document shows that the service is there.
    isKnown ||= why !== null;
    if (status >= 500 || status === 429 || status === 408)
      throw new ServiceAway(
        why ?? `it answers ${status}`,
        retryAfterMs(Object.fromEntries(headers), clock.now()),
      );
    if (why !== null) throw new Failure(`the service at ${origin} refuses: ${adviceFor(why)}`);
    const what = isPage ? 'with a web page' : `${status}${headers.has('location') ? ', a redirect' : ''}`;
    throw new Failure(`what is at ${url} answers ${what}: it is not pipeline-trigger`);
  }

  return {
    heard,
    ask: (path, question = {}) => {
      const { signal } = question;
      const timed = (): AbortSignal => {
        const late = AbortSignal.timeout(answerTimeMs());
        return signal === undefined ? late : AbortSignal.any([signal, late]);
      };
      return persist(path, () => ({ ...question, signal: timed() }), signal);
    },
    once: send,
  };
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const away = (error: Error): ServiceAway =>
  error instanceof ServiceAway ? error : new ServiceAway(whatFailed(error));
