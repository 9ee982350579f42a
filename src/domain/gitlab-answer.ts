import { codeOf, isHtml } from './http.ts';

/**
 * What an answer of GitLab's API, or the lack of one, means for the caller. The only place that decides it: the client,
 * the keys of id_tokens, the doctor and callbacks ask here.
 */
export type Meaning =
  /** GitLab did what was asked. */
  | 'done'
  /** Not GitLab's own answer, or a passing one: the same request may succeed a moment later. */
  | 'passing'
  /** The name of the host does not resolve: a name server may be wrong for a while, a wrong name stays wrong. */
  | 'unresolved'
  /** The same request fails until a person changes a setting. */
  | 'permanent'
  /** GitLab understood and said no, in its own JSON. */
  | 'refused'
  /** GitLab's own 404. */
  | 'missing';

/** For how long GitLab may carry out a request after it went wrong; null: it did not and will not. */
export type Aftermath = 'answered' | 'broken' | 'silent' | null;

/** What followed from one request. */
export interface Verdict {
  readonly meaning: Meaning;
  /** For a person: what happened and, where a setting is wrong, which one; null: GitLab's own words say it. */
  readonly why: string | null;
  readonly aftermath: Aftermath;
  /** How long to wait before the next request, where the kind of answer implies it. */
  readonly waitMs: number | null;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where the answer is JSON, else text. */
  readonly body: unknown;
}

/** GitLab counts the pipelines of a minute. Source: GitLab lib/gitlab/ci/pipeline/chain/limit/rate_limit.rb */
const creationWindowMs = 60_000;
/** Longer addresses are cut: they are read by people. */
const longestAddress = 300;

const isBetween = (status: number, first: number, last: number): boolean => status >= first && status <= last;

const isPage = ({ headers }: HttpAnswer): boolean => isHtml(headers['content-type']);

const fieldsOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null ? { ...body } : {};

/** The wording of gateways; GitLab writes the number before it. */
const bareWords = /^(?:unauthorized|forbidden|not found|method not allowed)\.?$/i;

/**
 * Whether a refusal is one of GitLab's API: JSON with its words. Its 404 begins with the number, so that one of a
 * gateway without a route is none.
 * Source: GitLab lib/api/helpers.rb, `not_found!`, `forbidden!`; lib/api/api_guard.rb
 */
function isGitLabs({ status, headers, body }: HttpAnswer): boolean {
  const { message, error } = fieldsOf(body);
  const said = message ?? error;
  if (said === undefined || said === null || said === '') return false;
  if (headers['x-gitlab-meta'] !== undefined || typeof said !== 'string') return true;
  return status === 404 ? /^404\b/.test(said) : !bareWords.test(said);
}

const isResourceLock = ({ status, body }: HttpAnswer): boolean =>
  status === 409 && /resource lock/i.test(JSON.stringify(fieldsOf(body)));

const isCreationLimit = ({ body }: HttpAnswer): boolean =>
  /too many pipelines created/i.test(JSON.stringify(fieldsOf(body)));

/** The target of a redirect, without the parts that may be secret. */
export function addressOfRedirect({ headers }: Pick<HttpAnswer, 'headers'>, from: string): string | null {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, from)) return null;
  const { protocol, host, pathname } = new URL(location, from);
  return `${protocol}//${host}${pathname}`.slice(0, longestAddress);
}

const aboutRequest: ReadonlySet<number> = new Set([400, 409, 413, 414, 422, 431]);

const wantsPassword = (): string =>
  'a proxy answers 407 (Proxy Authentication Required): set its user and password in HTTPS_PROXY';

interface Rule {
  readonly fits: (answer: HttpAnswer) => boolean;
  readonly meaning: Meaning;
  readonly aftermath: Aftermath;
  readonly why: (answer: HttpAnswer, asked: string) => string | null;
  readonly waitMs?: number;
}

const itself = (): null => null;
const itsStatus = ({ status }: HttpAnswer): string => `GitLab answers ${status}`;

/** The first matching rule applies; the last one always matches. */
const answerRules: readonly Rule[] = [
  {
    fits: (answer) => isBetween(answer.status, 200, 299) && isPage(answer),
    meaning: 'passing',
    aftermath: 'broken',
    why: () => 'a web page came instead of an answer of the API',
  },
  {
    fits: ({ status }) => isBetween(status, 200, 299),
    meaning: 'done',
    aftermath: null,
    why: itself,
  },
  // A server redirects before it does anything. The service sends its token to no other address.
  {
    fits: ({ status }) => isBetween(status, 300, 399),
    meaning: 'permanent',
    aftermath: null,
    why: (answer, asked) =>
      `GitLab's address redirects to ${addressOfRedirect(answer, asked) ?? 'nowhere'} (${answer.status}): ` +
      'set the address at which GitLab itself answers (GITLAB_URL, or gitlabUrl of the request)',
  },
  {
    fits: ({ status }) => status === 407,
    meaning: 'permanent',
    aftermath: null,
    why: wantsPassword,
  },
  // Source: GitLab lib/api/helpers.rb `find_project!`. Not repeated by number: a caller that may use
  // the old path need not be one that may use the new one.
  {
    fits: ({ status, body }) => status === 405 && /moved projects/i.test(JSON.stringify(fieldsOf(body))),
    meaning: 'refused',
    aftermath: null,
    why: () => 'the project has moved: name it by its new path, or by its number (GitLab answers 405)',
  },
  // By then GitLab may have the request, and continue with it.
  {
    fits: ({ status }) => status === 408 || status === 504,
    meaning: 'passing',
    aftermath: 'silent',
    why: itsStatus,
  },
  {
    fits: ({ status }) => status === 425 || status === 429,
    meaning: 'passing',
    aftermath: null,
    why: itsStatus,
  },
  { fits: ({ status }) => status >= 500, meaning: 'passing', aftermath: 'answered', why: itsStatus },
  { fits: isCreationLimit, meaning: 'passing', aftermath: null, why: itself, waitMs: creationWindowMs },
  // Two requests changed one row, or waited too long for it. Source: GitLab lib/api/api.rb, `StaleObjectError`
  { fits: isResourceLock, meaning: 'passing', aftermath: 'answered', why: itself },
  // About the request itself: the same one gets the same answer, from GitLab as from a gateway.
  { fits: ({ status }) => aboutRequest.has(status), meaning: 'refused', aftermath: null, why: itself },
  // A gateway before GitLab refused the request: GitLab has not seen it.
  {
    fits: (answer) => !isGitLabs(answer),
    meaning: 'passing',
    aftermath: null,
    why: ({ status }) => `something in front of GitLab answers ${status}`,
  },
  { fits: ({ status }) => status === 404, meaning: 'missing', aftermath: null, why: itself },
  { fits: () => true, meaning: 'refused', aftermath: null, why: itself },
];

/** @param asked the URL of the request */
export function verdictOn(answer: HttpAnswer, asked: string): Verdict {
  const rule = answerRules.find(({ fits }) => fits(answer));
  if (rule === undefined) throw new Error('no rule for an answer');
  const { meaning, aftermath, why, waitMs = null } = rule;
  return { meaning, aftermath, why: why(answer, asked), waitMs };
}

/** Why there is no answer, as far as the request's error shows. */
export interface Failure {
  /** `TimeoutError`, `AbortError`, `SyntaxError`, `TypeError`, `AnswerTooLong` … */
  readonly name: string;
  /** The code of the cause behind it, as Node names it; null: there is none. */
  readonly code: string | null;
  /** The request was never made: the runtime refuses its address or a header. */
  readonly isUnsendable: boolean;
  /** fetch refuses ports that are reserved for other protocols. */
  readonly isBadPort: boolean;
  /** What a proxy answered instead of leading to GitLab. */
  readonly proxyStatus: number | null;
}

interface FailureRule {
  readonly fits: (failure: Failure) => boolean;
  readonly meaning: Meaning;
  readonly aftermath: Aftermath;
  readonly why: (failure: Failure) => string;
}

const codeIn =
  (codes: RegExp) =>
  ({ code }: Failure): boolean =>
    code !== null && codes.test(code);

const unreached = ({ code }: Failure): string =>
  `GitLab cannot be reached${code === null ? '' : ` (${code})`}`;

/** Source: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCodes =
  /CERT|SELF_SIGNED|CRL|UNABLE_TO_(?:GET|DECRYPT|DECODE|VERIFY)|^INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/;
/** Codes that prove that the request never reached GitLab. */
const unsentCodes = /^(?:ECONNREFUSED|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** The first matching rule applies; the last one always matches. */
const failureRules: readonly FailureRule[] = [
  {
    fits: ({ name }) => name === 'AbortError',
    meaning: 'passing',
    aftermath: 'silent',
    why: () => 'the service stops',
  },
  {
    fits: ({ name }) => name === 'TimeoutError',
    meaning: 'passing',
    aftermath: 'silent',
    why: () => 'no answer in time',
  },
  {
    fits: ({ name }) => name === 'SyntaxError',
    meaning: 'passing',
    aftermath: 'broken',
    why: () => 'the answer is not whole',
  },
  {
    fits: ({ name }) => name === 'AnswerTooLong',
    meaning: 'passing',
    aftermath: 'broken',
    why: () => 'the answer is too long',
  },
  {
    fits: ({ isUnsendable }) => isUnsendable,
    meaning: 'permanent',
    aftermath: null,
    why: () =>
      'the request cannot be sent: the address of GitLab (GITLAB_URL) or the token (GITLAB_TOKEN) is none; ' +
      'a token has no blanks, line breaks or invisible characters',
  },
  // Source: https://fetch.spec.whatwg.org/#port-blocking. Node refuses these ports itself.
  {
    fits: ({ isBadPort }) => isBadPort,
    meaning: 'passing',
    aftermath: null,
    why: () => 'GitLab cannot be reached (Node does not connect to this port)',
  },
  {
    fits: ({ proxyStatus }) => proxyStatus === 407,
    meaning: 'permanent',
    aftermath: null,
    why: wantsPassword,
  },
  {
    fits: ({ proxyStatus }) => proxyStatus !== null,
    meaning: 'passing',
    aftermath: null,
    why: ({ proxyStatus }) => `a proxy does not lead to GitLab: it answers ${proxyStatus}`,
  },
  { fits: codeIn(/^ENOTFOUND$/), meaning: 'unresolved', aftermath: null, why: unreached },
  {
    fits: codeIn(certificateCodes),
    meaning: 'permanent',
    aftermath: null,
    why: (failure) =>
      `${unreached(failure)}: set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority`,
  },
  {
    fits: codeIn(/TLS|SSL/),
    meaning: 'permanent',
    aftermath: null,
    why: (failure) =>
      `${unreached(failure)}: see whether GITLAB_URL begins with the right one of http and https`,
  },
  { fits: codeIn(unsentCodes), meaning: 'passing', aftermath: null, why: unreached },
  { fits: () => true, meaning: 'passing', aftermath: 'broken', why: unreached },
];

export function verdictOnFailure(failure: Failure): Verdict {
  const rule = failureRules.find(({ fits }) => fits(failure));
  if (rule === undefined) throw new Error('no rule for a failure');
  const { meaning, aftermath, why } = rule;
  return { meaning, aftermath, why: why(failure), waitMs: null };
}

/** The safe parts of an error that `fetch` throws. Its message may quote a header, so it is never shown. */
export function failureFrom(error: unknown): Failure {
  const { name, message, cause } =
    error instanceof Error ? error : { name: '', message: '', cause: undefined };
  const proxyStatus = proxyStatusIn(cause);
  const code = proxyStatus === null ? codeOf(cause) : null;
  const reason = cause instanceof Error ? cause.message : null;
  return {
    name,
    code,
    isUnsendable: name === 'TypeError' && isUnsendable(message, code, reason),
    isBadPort: code === null && reason === 'bad port',
    proxyStatus,
  };
}

/**
 * Where GitLab is reached through a tunnel, the proxy's status is in the words of fetch's innermost error, or beside those
 * of `node:https`. To a request without a tunnel fetch hides a 407 behind an error without any words; nothing else looks so.
 */
function proxyStatusIn(cause: unknown): number | null {
  if (!(cause instanceof Error)) return null;
  const [, status] = /^Proxy response \((\d{3})\)/.exec(cause.message) ?? [];
  if (status !== undefined) return Number(status);
  if (codeOf(cause) === 'ERR_PROXY_TUNNEL' && 'statusCode' in cause) return Number(cause.statusCode);
  return cause.message === '' && codeOf(cause) === null ? 407 : proxyStatusIn(cause.cause);
}

/** The messages of `fetch` for a failure on the network; any other one means that it refused to send the request. */
const wayWords = /^(?:fetch failed|terminated)$/;

const isUnsendable = (message: string, code: string | null, reason: string | null): boolean =>
  code === 'ERR_INVALID_URL' ||
  (code === null && !wayWords.test(message)) ||
  (code === null && reason === 'unknown scheme');
