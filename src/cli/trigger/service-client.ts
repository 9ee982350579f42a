import { backoffMs } from '../../domain/backoff.ts';
import type { Clock } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import type { ServiceRequest } from '../../client/sender.ts';
import { ServiceError, createSender } from '../../client/sender.ts';
import type { ServiceAddress } from './command.ts';
import { outcomeExitCodes } from './exit-code.ts';
import { adviceFor } from './outcome-notes.ts';

/** The service's API, with retries while the service does not answer. */
export interface ServiceClient {
  /**
   * One answer; repeats the request while the service is unreachable. Only for requests that may be repeated.
   * @throws Failure when the service refuses, or is unreachable for too long
   */
  readonly ask: (path: string, question?: ServiceRequest) => Promise<Response>;
  /** The same, without a repetition. @throws ServiceError where it is unreachable, too */
  readonly once: (path: string, question: ServiceRequest) => Promise<Response>;
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

  const sender = createSender({ url, token, headers: always, fetch, now: () => clock.now() });

  async function send(path: string, question: ServiceRequest): Promise<Response> {
    try {
      const response = await sender(path, question);
      heard();
      return response;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      // A problem document shows that the service is there.
      isKnown ||= error.isOwnAnswer;
      if (error.trouble === 'refused')
        throw new Failure(`the service at ${origin} refuses: ${adviceFor(error.message)}`);
      if (error.trouble === 'foreign')
        throw new Failure(`what is at ${url} answers ${error.message}: it is not pipeline-trigger`);
      throw error;
    }
  }

  /** Repeats the request with growing pauses, for as long as the service may be unreachable. */
  async function persist(
    path: string,
    question: () => ServiceRequest,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await send(path, question());
      } catch (error) {
        if (!(error instanceof ServiceError) || signal?.aborted === true) throw error;
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

  const tooLong = (error: ServiceError): Failure =>
    new Failure(
      `no answer from the service at ${origin} for ${limitSeconds()} seconds (${error.message})`,
      outcomeExitCodes.unknown,
    );

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
