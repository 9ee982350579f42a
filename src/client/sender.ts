import { isHtml, retryAfterMs } from '../domain/http.ts';
import { detailIn, whatFailed } from './errors.ts';

/** One request to the service's API. */
export interface ServiceRequest {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether redirects are followed; without it one is an error, since the API has none but to its waiting requests. */
  readonly redirect?: 'follow';
}

/** What kept a request from its answer. */
export type ServiceTrouble =
  /** There was no answer. */
  | 'unreachable'
  /** It cannot answer now: overloaded, starting, or a proxy before it answers in its place. */
  | 'unavailable'
  /** The service's own refusal, a problem document (RFC 9457). */
  | 'refused'
  /** What answers is not pipeline-trigger. */
  | 'foreign';

/** A request had no answer that can be used; the message is the service's own words, or what answered. */
export class ServiceError extends Error {
  readonly trouble: ServiceTrouble;
  /** Null: there was no answer. */
  readonly status: number | null;
  /** Whether the words are the service's, so that it is pipeline-trigger that answers. */
  readonly isOwnAnswer: boolean;
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(
    trouble: ServiceTrouble,
    message: string,
    {
      status = null,
      isOwnAnswer = false,
      retryAfterMs: pauseMs = null,
    }: { status?: number | null; isOwnAnswer?: boolean; retryAfterMs?: number | null } = {},
  ) {
    super(message);
    this.name = 'ServiceError';
    this.trouble = trouble;
    this.status = status;
    this.isOwnAnswer = isOwnAnswer;
    this.retryAfterMs = pauseMs;
  }
}

/** Sends a request, without a repetition. @throws ServiceError */
export type Sender = (path: string, request?: ServiceRequest) => Promise<Response>;

interface Deps {
  /** Without a slash at its end. */
  readonly url: string;
  /** Null: requests carry none. */
  readonly token: string | null;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  /** Of this machine, for the dates in answers. */
  readonly now?: () => number;
}

/** The client of the service's API that both commands and the demo share. */
export function createSender({
  url,
  token,
  headers: always = {},
  fetch = globalThis.fetch,
  now = Date.now,
}: Deps): Sender {
  return async function send(path, { method = 'GET', body, headers = {}, signal, redirect } = {}) {
    const response = await fetch(url + path, {
      method,
      redirect: redirect ?? 'manual',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...always,
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw new ServiceError(
        'unreachable',
        whatFailed(error instanceof Error ? error : new Error(String(error))),
      );
    });
    const trouble = await troubleIn(response, now());
    if (trouble !== null) throw trouble;
    return response;
  };
}

/** Any verdict is an answer, also that the pipeline failed, and that it still runs, which is a 503. */
const isVerdict = ({ headers }: Response): boolean => headers.has('pipeline-trigger-state');

/** Null: the answer can be used. */
async function troubleIn(response: Response, now: number): Promise<ServiceError | null> {
  const { status, headers } = response;
  const isPage = isHtml(headers.get('content-type'));
  if (isVerdict(response) || ((response.ok || status === 304) && !isPage)) return null;
  const detail = detailIn(await response.json().catch(() => null));
  const isOwnAnswer = detail !== null;
  if (status >= 500 || status === 429 || status === 408)
    return new ServiceError('unavailable', detail ?? `it answers ${status}`, {
      status,
      isOwnAnswer,
      retryAfterMs: retryAfterMs(Object.fromEntries(headers), now),
    });
  if (isOwnAnswer) return new ServiceError('refused', detail, { status, isOwnAnswer });
  const what = isPage ? 'with a web page' : `${status}${headers.has('location') ? ', a redirect' : ''}`;
  return new ServiceError('foreign', what, { status });
}
