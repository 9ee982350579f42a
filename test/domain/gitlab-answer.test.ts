import { describe, expect, test } from 'vitest';
import type { Failure, HttpAnswer, Meaning, Aftermath } from '../../src/domain/gitlab-answer.ts';
import {
  addressOfRedirect,
  failureFrom,
  verdictOn,
  verdictOnFailure,
} from '../../src/domain/gitlab-answer.ts';

const asked = 'https://gitlab.test/api/v4/projects/1';
const answer = (status: number, body: unknown = '', headers: HttpAnswer['headers'] = {}): HttpAnswer => ({
  status,
  body,
  headers,
});
const ofGitLab = { 'x-gitlab-meta': '{}' };
const page = { 'content-type': 'text/html' };
const limit = { message: { base: ['Too many pipelines created in the last minute. Try again later.'] } };

describe('an answer', () => {
  test.each<[string, HttpAnswer, Meaning, Aftermath]>([
    ['a success', answer(200, {}), 'done', null],
    ['the last success', answer(299, {}), 'done', null],
    ['a page in place of a success', answer(200, '<html>', page), 'passing', 'broken'],
    ['a redirect', answer(300, '', page), 'permanent', null],
    ['the last redirect', answer(399), 'permanent', null],
    ['a status before all', answer(199), 'passing', null],
    ['a proxy without a password', answer(407), 'permanent', null],
    [
      'a project that moved',
      answer(405, { message: 'Non GET methods are not allowed for moved projects' }),
      'refused',
      null,
    ],
    ['a timeout of the request', answer(408), 'passing', 'silent'],
    ['a timeout of a gateway', answer(504), 'passing', 'silent'],
    ['too early', answer(425), 'passing', null],
    ['too many', answer(429), 'passing', null],
    ['an error', answer(500), 'passing', 'answered'],
    ['another error', answer(503), 'passing', 'answered'],
    ['the limit of pipelines', answer(400, limit), 'passing', null],
    ...[400, 409, 413, 414, 422, 431].map(
      (status) =>
        [`${status} by GitLab or a gateway`, answer(status, 'no'), 'refused', null] as [
          string,
          HttpAnswer,
          Meaning,
          Aftermath,
        ],
    ),
    ['a refusal without words', answer(403), 'passing', null],
    ['a refusal with empty words', answer(403, { message: '' }), 'passing', null],
    ['a refusal with none', answer(403, { message: null }), 'passing', null],
    ['a refusal of a gateway', answer(403, { message: 'Forbidden' }), 'passing', null],
    ['the same with a full stop', answer(401, { error: 'unauthorized.' }), 'passing', null],
    ['the same, marked by GitLab', answer(403, { message: 'Forbidden' }, ofGitLab), 'refused', null],
    ['a refusal of GitLab', answer(403, { message: '403 Forbidden' }), 'refused', null],
    ['another word of GitLab', answer(401, { error: 'invalid_token' }), 'refused', null],
    ['a refusal by fields', answer(403, { message: { ref: ['is bad'] } }), 'refused', null],
    ['404 of GitLab', answer(404, { message: '404 Project Not Found' }), 'missing', null],
    ['404 of GitLab, by its mark', answer(404, { message: 'Not found' }, ofGitLab), 'missing', null],
    ['404 of a gateway', answer(404, { message: 'no Route matched' }), 'passing', null],
    ['404 of a proxy', answer(404, '404 page not found'), 'passing', null],
  ])('%s', (_name, given, meaning, aftermath) => {
    expect(verdictOn(given, asked)).toMatchObject({ meaning, aftermath });
  });

  test.each<[HttpAnswer, string | null, number | null]>([
    [answer(200, '<html>', page), 'a web page came instead of an answer of the API', null],
    [answer(503), 'GitLab answers 503', null],
    [answer(403), 'something in front of GitLab answers 403', null],
    [answer(403, { message: '403 Forbidden' }), null, null],
    [answer(400, limit), null, 60_000],
  ])('%j is reported as %j, and holds off for %j ms', (given, why, waitMs) => {
    expect(verdictOn(given, asked)).toMatchObject({ why, waitMs });
  });

  test.each([
    [{ location: 'https://other.test/sign-in?next=secret#secret' }, 'https://other.test/sign-in'],
    [{ location: 'https://u:secret@other.test:8443/a' }, 'https://other.test:8443/a'],
    [{ location: '/users/sign_in' }, 'https://gitlab.test/users/sign_in'],
    [{ location: 'http://[' }, null],
    [{}, null],
  ])('that redirects, with %j, names where to without secrets', (headers: HttpAnswer['headers'], address) => {
    expect(addressOfRedirect({ headers }, asked)).toBe(address);
    expect(verdictOn(answer(302, '', headers), asked).why).toContain(
      `redirects to ${address ?? 'nowhere'} (302)`,
    );
  });

  test('that redirects to a long address has it cut to 300 characters', () => {
    const location = `https://other.test/${'a'.repeat(400)}`;
    expect(addressOfRedirect({ headers: { location } }, asked)).toBe(location.slice(0, 300));
  });
});

describe('no answer', () => {
  const failure = (given: Partial<Failure>): Failure => ({
    name: 'TypeError',
    code: null,
    isUnsendable: false,
    isBadPort: false,
    proxyStatus: null,
    ...given,
  });

  test.each<[Partial<Failure>, Meaning, Aftermath, string]>([
    [{ name: 'AbortError' }, 'passing', 'silent', 'the service stops'],
    [{ name: 'TimeoutError' }, 'passing', 'silent', 'no answer in time'],
    [{ name: 'SyntaxError' }, 'passing', 'broken', 'the answer is not whole'],
    [{ name: 'AnswerTooLong' }, 'passing', 'broken', 'the answer is too long'],
    [{ isUnsendable: true }, 'permanent', null, 'the request cannot be sent'],
    [{ isBadPort: true }, 'passing', null, 'GitLab cannot be reached (Node does not connect to this port)'],
    [{ proxyStatus: 407 }, 'permanent', null, 'a proxy answers 407'],
    [{ proxyStatus: 403 }, 'passing', null, 'a proxy does not lead to GitLab: it answers 403'],
    [{ code: 'ENOTFOUND' }, 'unresolved', null, 'GitLab cannot be reached (ENOTFOUND)'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'permanent', null, 'NODE_EXTRA_CA_CERTS'],
    [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'permanent', null, 'the right one of http and https'],
    [{ code: 'ECONNREFUSED' }, 'passing', null, 'GitLab cannot be reached (ECONNREFUSED)'],
    [{ code: 'ECONNRESET' }, 'passing', 'broken', 'GitLab cannot be reached (ECONNRESET)'],
    [{}, 'passing', 'broken', 'GitLab cannot be reached'],
  ])('%j', (given, meaning, aftermath, why) => {
    const verdict = verdictOnFailure(failure(given));
    expect(verdict).toMatchObject({ meaning, aftermath, waitMs: null });
    expect(verdict.why).toContain(why);
  });
});

describe('an error of fetch', () => {
  const failed = (cause?: unknown, message = 'fetch failed'): TypeError => new TypeError(message, { cause });
  const withCode = (code: unknown, message = 'words', given: object = {}): Error =>
    Object.assign(new Error(message), { code }, given);

  test.each<[string, unknown, Partial<Failure>]>([
    ['a connection', failed(withCode('ECONNREFUSED')), { code: 'ECONNREFUSED' }],
    ['a code that is a number', failed(withCode(7)), { code: null }],
    [
      'an answer that ends early',
      failed(withCode('UND_ERR_SOCKET'), 'terminated'),
      { code: 'UND_ERR_SOCKET' },
    ],
    ['a header that cannot be sent', failed(undefined, 'invalid header value'), { isUnsendable: true }],
    [
      'an address that is none',
      failed(withCode('ERR_INVALID_URL'), 'Failed to parse URL'),
      { code: 'ERR_INVALID_URL', isUnsendable: true },
    ],
    ['a scheme that fetch does not know', failed(new Error('unknown scheme')), { isUnsendable: true }],
    ['a reserved port', failed(new Error('bad port')), { isBadPort: true }],
    ['a tunnel', failed(new Error('Proxy response (502) !== 200')), { proxyStatus: 502 }],
    [
      'a tunnel within',
      failed(new Error('a', { cause: new Error('Proxy response (407)') })),
      { proxyStatus: 407 },
    ],
    [
      'a tunnel of node:https',
      failed(withCode('ERR_PROXY_TUNNEL', 'x', { statusCode: 403 })),
      { proxyStatus: 403 },
    ],
    ['a proxy that hides its answer', failed(new Error('')), { proxyStatus: 407 }],
    ['an error without words that has a code', failed(withCode('EPIPE', '')), { code: 'EPIPE' }],
    ['an abort', new DOMException('stop', 'AbortError'), { name: 'AbortError' }],
    ['no error at all', 'text', { name: '' }],
  ])('%s', (_name, error, expected) => {
    const usual = { name: 'TypeError', code: null, isUnsendable: false, isBadPort: false, proxyStatus: null };
    expect(failureFrom(error)).toEqual({ ...usual, ...expected });
  });
});
