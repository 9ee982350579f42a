import type { ArtifactContent, Clock } from '../../app/ports/index.ts';
import { GitLabRefusal, GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';
import { verdictOn } from '../../domain/gitlab-answer.ts';
import { isHtml } from '../../domain/http.ts';
import { redactSecrets } from '../../domain/redact-secrets.ts';
import type { ShutdownSignals } from './shutdown-signals.ts';
import { never } from './shutdown-signals.ts';
import type { RateLimit } from './rate-limit.ts';
import { errorMessage } from './errors.ts';
import { bytesOf, textOf } from './read-body.ts';
import { secretsIn } from './secrets-in.ts';
import type { Fetch, GitLabAnswer, Query, Reading } from './send-request.ts';
import { createSend, errorOfFailure, errorOfVerdict, wholeContentOf } from './send-request.ts';

type Ask = (endpoint: string, query?: Query) => Promise<GitLabAnswer>;

export type Requester = Readonly<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Ask>> & {
  /** Reads text as it arrives: only the part that the reader has not taken is in memory. */
  readonly stream: (endpoint: string) => Promise<AsyncGenerator<string>>;
  /**
   * Reads a file as it arrives, wherever GitLab keeps it. Its 404 is one, from GitLab or from where it leads.
   * @param gone aborts when nobody takes it any more
   */
  readonly download: (endpoint: string, query: Query, gone: AbortSignal) => Promise<ArtifactContent>;
};

interface Deps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly rateLimit: RateLimit;
  readonly apiToken: string | null;
  readonly timeoutMs: number;
  readonly giveUp?: ShutdownSignals;
}

/** The attempts of a read: unlike a change, a read may be repeated. */
const readTries = 3;
const readPauseMs = 250;
/** How long a piece of a file may take: it may come from a storage that is slow. */
const fileIdleMs = 30_000;

/**
 * Sends gitbeaker's requests to GitLab's REST API. Gitbeaker's own requester repeats a POST up to ten times, and its
 * errors carry the tokens of the request. Keys and values of a body are sent unchanged.
 * The methods throw AppError `gitlab_refused`, `not_found`, GitLabUnusable or GitLabUnavailable.
 */
// eslint-disable-next-line max-lines-per-function -- one function for each way to ask; each is short
export function createRequester(
  baseUrl: string,
  { fetch, clock, rateLimit, apiToken, timeoutMs: usualTimeoutMs, giveUp = never }: Deps,
): Requester {
  const send = createSend(baseUrl, fetch, apiToken);

  async function ask(
    method: string,
    endpoint: string,
    query: Query,
    reading: Reading,
  ): Promise<GitLabAnswer> {
    const waitMs = rateLimit.waitMs(clock.now());
    if (waitMs > 0)
      throw new GitLabUnavailable('GitLab limits our requests', { retryAfterMs: waitMs, inDoubtMs: null });
    const answer = await send(method, endpoint, query, reading);
    rateLimit.note(answer.status, answer.headers, clock.now());
    // The part of GitLab that reads archives answers so in plain text, storage in XML.
    if (reading.isFile === true && answer.status === 404)
      throw new GitLabRefusal(404, '404 there is no such file');
    const verdict = verdictOn(answer, `${baseUrl}/${endpoint}`);
    if (verdict.meaning === 'done') return answer;
    const hide = redactSecrets([apiToken ?? '', ...secretsIn(query.body)]);
    const why = verdict.why ?? errorMessage(answer.status, answer.body, hide);
    if (verdict.meaning === 'refused' || verdict.meaning === 'missing')
      throw new GitLabRefusal(answer.status, why);
    throw errorOfVerdict(verdict, method, why, rateLimit.waitMs(clock.now()));
  }

  function askWhole(method: string, endpoint: string, query: Query): Promise<GitLabAnswer> {
    const { timeoutMs = usualTimeoutMs } = query;
    const givenUp = method === 'GET' ? giveUp.reads : giveUp.writes;
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), givenUp]);
    return ask(method, endpoint, query, { signal, contentOf: wholeContentOf });
  }

  /** The time for the head of the answer and for each piece of it is limited, not the total. */
  async function askInTime(
    endpoint: string,
    query: Query,
    { signal: gone, ...reading }: Reading,
  ): Promise<GitLabAnswer> {
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new DOMException('no answer in time', 'TimeoutError')),
      usualTimeoutMs,
    );
    const signal = AbortSignal.any([late.signal, gone, giveUp.reads]);
    try {
      return await ask('GET', endpoint, query, { ...reading, signal });
    } finally {
      clearTimeout(timer);
    }
  }

  function askForStream(endpoint: string): Promise<GitLabAnswer> {
    const contentOf = (response: Response): Promise<unknown> =>
      response.ok && !isHtml(response.headers.get('content-type'))
        ? Promise.resolve(piecesOf(textOf(response, usualTimeoutMs)))
        : wholeContentOf(response);
    return askInTime(endpoint, {}, { signal: giveUp.reads, contentOf });
  }

  async function download(endpoint: string, query: Query, gone: AbortSignal): Promise<ArtifactContent> {
    // A page is a file as any other.
    const contentOf = (response: Response): Promise<unknown> =>
      response.ok ? Promise.resolve(piecesOf(bytesOf(response, fileIdleMs))) : wholeContentOf(response);
    const { body, headers } = await retried(
      () => askInTime(endpoint, query, { signal: gone, contentOf, isFile: true }),
      usualTimeoutMs,
    );
    const isAsSent =
      headers['content-encoding'] === undefined && /^\d+$/.test(headers['content-length'] ?? '');
    return {
      length: isAsSent ? Number(headers['content-length']) : null,
      pieces: body as AsyncIterable<Uint8Array>,
    };
  }

  async function retried(read: () => Promise<GitLabAnswer>, timeoutMs: number): Promise<GitLabAnswer> {
    const startedAt = clock.now();
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const mayPass = error instanceof GitLabUnavailable && error.unanswered.retryAfterMs === null;
        // A request that timed out has taken long enough: the caller decides about a repetition.
        const isLate = clock.now() - startedAt >= timeoutMs;
        if (!mayPass || isLate || tries === readTries || giveUp.reads.aborted) throw error;
        await clock.sleep(readPauseMs * tries);
      }
    }
  }

  const act =
    (method: string): Ask =>
    (endpoint, query = {}) =>
      askWhole(method, endpoint, query);
  const get: Ask = (endpoint, query = {}) =>
    retried(() => askWhole('GET', endpoint, query), query.timeoutMs ?? usualTimeoutMs);

  async function stream(endpoint: string): Promise<AsyncGenerator<string>> {
    const { body } = await retried(() => askForStream(endpoint), usualTimeoutMs);
    return body as AsyncGenerator<string>;
  }

  return {
    get,
    stream,
    download,
    post: act('POST'),
    put: act('PUT'),
    patch: act('PATCH'),
    delete: act('DELETE'),
  };
}

/** The pieces of an answer, with errors of the port's kind. */
async function* piecesOf<Piece>(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  try {
    yield* pieces;
  } catch (error) {
    throw errorOfFailure(error, 'GET');
  }
}
