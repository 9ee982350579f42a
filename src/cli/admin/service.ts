import { Failure } from '../../client/errors.ts';
import { obeyNetworkEnvironment } from '../../client/network.ts';
import type { StreamItem } from '../../client/read-events.ts';
import { sendableToken, unsendable } from '../../client/token.ts';
import { readEvents } from '../../client/read-events.ts';
import type { ServiceRequest } from '../../client/sender.ts';
import { ServiceError, createSender } from '../../client/sender.ts';
import { isLoopback } from '../../domain/access/allowed-host.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';
import type { CommandEnvironment } from './context.ts';
import { exitCodes } from './exit-codes.ts';

/** The service's API, without retries: the operator sees a failure immediately. All methods throw Failure. */
export interface ServiceApi {
  readonly get: (path: string) => Promise<unknown>;
  readonly post: (path: string, body?: object) => Promise<unknown>;
  /** Any answer to a waiting caller, also that the pipeline failed. */
  readonly ask: (path: string, request?: ServiceRequest) => Promise<Response>;
  /** Resolves when a trigger has changed, or after half a minute. */
  readonly change: (path: string, etag: string | null) => Promise<string | null>;
  /** The items of a stream. @param after the id of the last event received */
  readonly events: (path: string, after?: string | null) => AsyncGenerator<StreamItem>;
}

const usualUrl = 'http://127.0.0.1:8080';
/** Longer than the service holds a waiting request. */
const answerMs = 70_000;

/** The service that the environment names. @throws Failure when it names none */
export function connectService(env: CommandEnvironment): ServiceApi {
  const url = urlFrom(env);
  const token = tokenFrom(env);
  // A proxy reaches other machines, not this one.
  if (!isLoopback(new URL(url).hostname)) obeyNetworkEnvironment(env, warn);

  const sender = createSender({ url, token: token === '' ? null : token });

  const send = (path: string, request?: ServiceRequest): Promise<Response> =>
    sender(path, request).catch((error: unknown) => {
      throw error instanceof ServiceError ? failureOf(error) : error;
    });

  const notOurService = (how: string): Failure =>
    new Failure(
      `what is at ${url} answers ${how}, so it is not pipeline-trigger: see PIPELINE_TRIGGER_URL`,
      exitCodes.unreachable,
    );

  /** The error, with what to do about it. */
  function failureOf({ trouble, status, message }: ServiceError): Failure {
    const detail = plainLine(message);
    if (trouble === 'foreign') return notOurService(detail);
    if (trouble === 'unreachable')
      return new Failure(
        `no answer from the service at ${url} (${detail}): is it running? PIPELINE_TRIGGER_URL says where it is`,
        exitCodes.unreachable,
      );
    if (trouble === 'unavailable')
      return new Failure(`the service at ${url} cannot answer now: ${detail}`, exitCodes.unreachable);
    if (status === 401)
      return new Failure(
        'the service does not know this token: set PIPELINE_TRIGGER_TOKEN to an API key or the ADMIN_TOKEN',
      );
    return status === 403
      ? new Failure(`not allowed: ${detail}; PIPELINE_TRIGGER_TOKEN needs more rights`)
      : new Failure(detail);
  }

  const jsonOf = async (response: Response): Promise<unknown> => {
    try {
      return await response.json();
    } catch {
      throw notOurService('with something else than JSON');
    }
  };

  return {
    get: async (path) => jsonOf(await send(path, { signal: AbortSignal.timeout(answerMs) })),
    post: async (path, body) =>
      jsonOf(
        await send(path, {
          method: 'POST',
          signal: AbortSignal.timeout(answerMs),
          ...(body === undefined ? {} : { body }),
        }),
      ),
    ask: (path, request = {}) => send(path, { ...request, signal: withinAnswerTime(request.signal) }),
    change: async (path, etag) => {
      const known: Record<string, string> = etag === null ? {} : { 'if-none-match': etag, prefer: 'wait=30' };
      const response = await send(path, { headers: known, signal: AbortSignal.timeout(answerMs) });
      await response.body?.cancel();
      return response.headers.get('etag');
    },
    events: async function* (path, after = null) {
      const resumed: Record<string, string> = after === null ? {} : { 'last-event-id': after };
      const response = await send(path, { headers: { accept: 'text/event-stream', ...resumed } });
      yield { kind: 'comment' };
      if (response.body !== null) yield* readEvents(response.body);
    },
  };
}

/** Aborts with the given signal, or when an answer takes too long. */
function withinAnswerTime(signal: AbortSignal | undefined): AbortSignal {
  const late = AbortSignal.timeout(answerMs);
  return signal === undefined ? late : AbortSignal.any([signal, late]);
}

function urlFrom(env: CommandEnvironment): string {
  const given = env['PIPELINE_TRIGGER_URL'] ?? '';
  const url = given === '' ? usualUrl : given;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || new URL(url).username !== '')
    throw new Failure('PIPELINE_TRIGGER_URL: expected an http or https URL without user', exitCodes.usage);
  return withoutTrailingSlashes(url);
}

function tokenFrom(env: CommandEnvironment): string {
  const token = sendableToken(env['PIPELINE_TRIGGER_TOKEN'] ?? '');
  if (token === null) throw new Failure(`PIPELINE_TRIGGER_TOKEN: ${unsendable}`, exitCodes.usage);
  return token;
}

const warn = (message: string): void => void process.stderr.write(`pipeline-trigger: ${message}\n`);

/** The path of a trigger, or of what is below it. */
export const triggerPath = (id: string, rest = ''): string => `/v1/triggers/${encodeURIComponent(id)}${rest}`;
