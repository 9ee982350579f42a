import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { GitLabUnavailable, GitLabUnusable, isLasting } from '../../../src/app/ports/gitlab-unavailable.ts';
import { AppError } from '../../../src/domain/error.ts';
import type { ShutdownSignals } from '../../../src/gitlab/rest/shutdown-signals.ts';
import { createShutdownSignals, never } from '../../../src/gitlab/rest/shutdown-signals.ts';
import { createRateLimit } from '../../../src/gitlab/rest/rate-limit.ts';
import { createRequester } from '../../../src/gitlab/rest/requester.ts';
import { createFakeClock } from '../../fakes/fake-clock.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { textOf } from '../../support/streams.ts';
import { startStubServer } from '../../support/start-stub-server.ts';

const apiToken = 'glpat-canary';
const triggerToken = 'glptt-canary';

function requesterFor(
  url: string,
  {
    token = apiToken,
    fetch = globalThis.fetch,
    timeoutMs = 5_000,
    giveUp = never,
  }: {
    token?: string | null;
    fetch?: typeof globalThis.fetch;
    timeoutMs?: number;
    giveUp?: ShutdownSignals;
  } = {},
) {
  const clock = createAcceleratedClock();
  const rateLimit = createRateLimit();
  return {
    requester: createRequester(`${url}/api/v4`, {
      fetch,
      clock,
      rateLimit,
      apiToken: token,
      timeoutMs,
      giveUp,
    }),
    clock,
  };
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function errorType(asking: Promise<unknown>): Promise<AppError> {
  const error = await asking.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw new Error(`no AppError: ${inspect(error)}`);
  return error;
}

const unansweredOf = (error: AppError) => (error instanceof GitLabUnavailable ? error.unanswered : null);

const post = (requester: ReturnType<typeof requesterFor>['requester']) =>
  requester.post('projects/1/trigger/pipeline', { body: { token: triggerToken, ref: 'main' } });

describe('a request', () => {
  test('carries the token in a header, and its body as it is', async () => {
    const server = await startStubServer((response) => sendJson(response, 201, { id: 1 }));
    const { requester } = requesterFor(server.url);
    const body = { ref: 'feature/slash', variables: { 'A&B': 'x=1&y=2\nü', deployEnv: '' } };
    const answer = await requester.post('projects/group%2Fapp/pipeline', { body });
    expect(answer).toMatchObject({ status: 201, body: { id: 1 } });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: '/api/v4/projects/group%2Fapp/pipeline',
      headers: { 'private-token': apiToken, 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(body);
  });

  test('without a token says nothing about tokens', async () => {
    const server = await startStubServer((response) => sendJson(response, 200, []));
    await requesterFor(server.url, { token: null }).requester.get('version');
    expect(server.requests[0]?.headers).not.toHaveProperty('private-token');
  });

  test('writes its parameters as GitLab does', async () => {
    const server = await startStubServer((response) => sendJson(response, 200, []));
    const searchParams = {
      perPage: 100,
      orderBy: 'id',
      scope: ['manual', 'failed'],
      ref: 'a/b&c',
      none: undefined,
      no: null,
    };
    await requesterFor(server.url).requester.get('projects/1/jobs', { searchParams });
    expect(server.requests[0]?.url).toBe(
      '/api/v4/projects/1/jobs?per_page=100&order_by=id&scope%5B%5D=manual&scope%5B%5D=failed&ref=a%2Fb%26c',
    );
  });

  test('is answered with text as text, with nothing as null', async () => {
    const server = await startStubServer((response, { url }) => {
      if (url.endsWith('/trace')) response.setHeader('content-type', 'text/plain').end('line 1\nline 2\n');
      else response.setHeader('content-type', 'application/json').end();
    });
    const { requester } = requesterFor(server.url);
    expect((await requester.get('projects/1/jobs/2/trace')).body).toBe('line 1\nline 2\n');
    expect((await requester.get('empty')).body).toBeNull();
  });
});

describe('a redirect', () => {
  const redirecting = (status: number, location: string | undefined) =>
    startStubServer((response) =>
      response.writeHead(status, location === undefined ? {} : { location }).end('Moved'),
    );

  test.each([
    [301, 'https://gitlab.example.com/api/v4/projects/1', 'https://gitlab.example.com/api/v4/projects/1'],
    [308, 'https://user:secret@elsewhere.test/a?token=secret#secret', 'https://elsewhere.test/a'],
    [302, '/users/sign_in', '/users/sign_in'],
    [307, 'https://[broken', 'nowhere'],
    [302, undefined, 'nowhere'],
  ])('%i to %s is final, and names where it leads', async (status, location, named) => {
    const server = await redirecting(status, location);
    const { requester } = requesterFor(server.url);
    for (const ask of [() => post(requester), () => requester.get('projects/1/pipelines/2')]) {
      const error = await errorType(ask());
      expect(error).toBeInstanceOf(GitLabUnusable);
      expect(error.message).toContain(`${named} (${status}): set the address at which GitLab itself answers`);
      expect(error.message).not.toContain('secret');
    }
    expect(server.requests).toHaveLength(2);
  });

  test('within the API is followed by a read, with the token, as for a moved project', async () => {
    const server = await startStubServer((response, { url }) => {
      if (url.startsWith('/api/v4/projects/9/')) sendJson(response, 200, [{ id: 2 }]);
      else response.writeHead(301, { location: `${server.url}/api/v4/projects/9/jobs?page=1` }).end('Moved');
    });
    const { requester } = requesterFor(server.url);
    expect((await requester.get('projects/old%2Fpath/jobs')).body).toEqual([{ id: 2 }]);
    expect(server.requests[1]?.headers).toMatchObject({ 'private-token': apiToken });
    expect(await errorType(post(requester))).toBeInstanceOf(GitLabUnusable);
    expect(server.requests).toHaveLength(3);
  });

  test.each([
    ['another port', (url: string) => url.replace(/\d+$/, '1')],
    ['another host', (url: string) => url.replace('127.0.0.1', 'localhost')],
    ['another scheme', (url: string) => url.replace('http:', 'https:')],
  ])('to %s is not followed: the token is for one origin', async (_what, elsewhere) => {
    const server = await startStubServer((response, { url }) =>
      response.writeHead(301, { location: elsewhere(server.url) + url }).end(),
    );
    expect(await errorType(requesterFor(server.url).requester.get('projects/1'))).toBeInstanceOf(
      GitLabUnusable,
    );
    expect(server.requests).toHaveLength(1);
  });

  test('in a circle ends', async () => {
    const server = await startStubServer((response, { url }) =>
      response.writeHead(302, { location: url.endsWith('/1') ? '/api/v4/2' : '/api/v4/1' }).end(),
    );
    expect(await errorType(requesterFor(server.url).requester.get('1'))).toBeInstanceOf(GitLabUnusable);
    expect(server.requests).toHaveLength(4);
  });
});

describe('what stands before GitLab', () => {
  test.each([
    [404, 'text/plain', '404 page not found'],
    [403, 'text/html', '<html>Checking your browser'],
    [401, 'text/html', '<html>Authorization Required'],
    [404, 'application/json', '{"message":"no Route matched with those values"}'],
    [404, 'application/json', '{"status":404,"error":"Not Found"}'],
    [403, 'application/json', '{"message":"Forbidden"}'],
    [404, 'application/json', '{"broken'],
    [404, 'application/json', ''],
  ])('answers %i %s %s: no answer of GitLab’s, and nothing was done', async (status, type, body) => {
    const server = await startStubServer((response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    const { requester } = requesterFor(server.url);
    for (const ask of [() => post(requester), () => requester.get('projects/1')]) {
      const error = await errorType(ask());
      expect(error.message).toBe(`something in front of GitLab answers ${status}`);
      expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs: null });
    }
    expect(server.requests).toHaveLength(4);
  });

  test('409 of two requests that changed the same row is tried again, after a look at what came of it', async () => {
    const message = '409 Conflict: Resource lock';
    const server = await startStubServer((response) => sendJson(response, 409, { message }));
    const { requester } = requesterFor(server.url);
    for (const ask of [() => post(requester), () => requester.get('projects/1')]) {
      const error = await errorType(ask());
      expect(error).toMatchObject({ code: 'gitlab_unavailable', message });
    }
    expect(unansweredOf(await errorType(post(requester)))).toEqual({ retryAfterMs: null, inDoubtMs: 1_000 });
  });

  test('409 for any other reason is final', async () => {
    const message = '409 Conflict: the name is taken';
    const server = await startStubServer((response) => sendJson(response, 409, { message }));
    const error = await errorType(post(requesterFor(server.url).requester));
    expect(error).toMatchObject({ code: 'gitlab_refused', message });
  });

  test('405 for a project that has moved says how to name it, and is final', async () => {
    const message = 'Non GET methods are not allowed for moved projects';
    const server = await startStubServer((response) => sendJson(response, 405, { message }));
    const error = await errorType(post(requesterFor(server.url).requester));
    expect(error).toMatchObject({ code: 'gitlab_refused' });
    expect(error.message).toMatch(/has moved.*new path.*number/);
  });

  test('407 is named, and final', async () => {
    const server = await startStubServer((response) =>
      response.writeHead(407, { 'proxy-authenticate': 'Basic' }).end(),
    );
    const { requester } = requesterFor(server.url);
    for (const ask of [() => post(requester), () => requester.get('projects/1')]) {
      const error = await errorType(ask());
      expect(error).toBeInstanceOf(GitLabUnusable);
      expect(error.message).toContain('407');
    }
    expect(server.requests).toHaveLength(2);
  });
});

describe('GitLab’s limit of pipelines a minute', () => {
  const body = { message: { base: ['Too many pipelines created in the last minute. Try again later.'] } };

  test.each([[400], [422]])('comes as %i, and is waited for as long', async (status) => {
    const server = await startStubServer((response) => sendJson(response, status, body));
    const error = await errorType(post(requesterFor(server.url).requester));
    expect(error.message).toBe(body.message.base[0]);
    expect(unansweredOf(error)).toEqual({ retryAfterMs: 60_000, inDoubtMs: null });
  });
});

describe('what cannot be sent', () => {
  const unsendable = 'the request cannot be sent';

  test.each([
    ['an invisible character', 'glpat-canary\u200b'],
    ['a line break', 'glpat-\ncanary'],
  ])('a token with %s: final, without the token', async (_what, token) => {
    const server = await startStubServer((response) => sendJson(response, 200, {}));
    const error = await errorType(post(requesterFor(server.url, { token }).requester));
    expect(error).toBeInstanceOf(GitLabUnusable);
    expect(error.message).toContain(unsendable);
    expect(inspect(error)).not.toContain('canary');
    expect(server.requests).toHaveLength(0);
  });

  test.each([['api'], ['http://user:secret@127.0.0.1:9'], ['ftp://127.0.0.1']])(
    'the address %s: final, without a password in it',
    async (url) => {
      const error = await errorType(requesterFor(url).requester.get('version'));
      expect(error).toBeInstanceOf(GitLabUnusable);
      expect(error.message).toContain(unsendable);
      expect(error.message).not.toContain('secret');
    },
  );
});

test('a creation may be given longer than other requests', async () => {
  const server = await startStubServer((response) => {
    setTimeout(() => sendJson(response, 201, { id: 1 }), 200);
  });
  const { requester } = requesterFor(server.url, { timeoutMs: 50 });
  const answer = await requester.post('projects/1/pipeline', { body: {}, timeoutMs: 20_000 });
  expect(answer.body).toEqual({ id: 1 });
});

test.each([
  [400, { message: { base: ['Reference not found'] } }, 'gitlab_refused', 'Reference not found'],
  [401, { message: '401 Unauthorized' }, 'gitlab_refused', '401 Unauthorized'],
  [403, { message: '403 Forbidden' }, 'gitlab_refused', '403 Forbidden'],
  [404, { message: '404 Project Not Found' }, 'not_found', '404 Project Not Found'],
  [
    422,
    { message: { base: ['jobs:deploy config is wrong'] } },
    'gitlab_refused',
    'jobs:deploy config is wrong',
  ],
])('a %i is a refusal, in GitLab’s words, and not asked again', async (status, body, code, message) => {
  const server = await startStubServer((response) => sendJson(response, status, body));
  const { requester } = requesterFor(server.url);
  expect(await errorType(post(requester))).toMatchObject({ code, message });
  expect(await errorType(requester.get('projects/1'))).toMatchObject({ code, message });
  expect(server.requests).toHaveLength(2);
});

/** Kinds of trouble, with how long GitLab may go on with a POST unseen. */
const troubles: readonly [string, (response: ServerResponse) => void, number | null][] = [
  ['500', (response) => sendJson(response, 500, { message: '500 Internal Server Error' }), 1_000],
  [
    '502 with a page',
    (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
    1_000,
  ],
  ['503', (response) => response.writeHead(503).end(), 1_000],
  ['504', (response) => response.writeHead(504).end(), 60_000],
  ['408', (response) => response.writeHead(408).end(), 60_000],
  [
    'a page of HTML with 200',
    (response) => response.setHeader('content-type', 'text/html').end('<html>Sign in'),
    5_000,
  ],
  [
    'JSON that breaks off',
    (response) => response.setHeader('content-type', 'application/json').end('{"id": 1'),
    5_000,
  ],
  [
    'a connection that breaks in the answer',
    (response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('{"id": 1', () => response.destroy());
    },
    5_000,
  ],
  ['a reset', (response) => response.socket?.resetAndDestroy(), 5_000],
  ['a connection closed without an answer', (response) => response.socket?.destroy(), 5_000],
];

describe.each(troubles)('%s', (_what, trouble, inDoubtMs) => {
  test('is met by one try where the request acts, and leaves it open', async () => {
    const server = await startStubServer(trouble);
    const error = await errorType(post(requesterFor(server.url).requester));
    expect(error.code).toBe('gitlab_unavailable');
    expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs });
    expect(server.requests).toHaveLength(1);
  });

  test('is met by three tries where the request only reads', async () => {
    const server = await startStubServer(trouble);
    const { requester, clock } = requesterFor(server.url);
    const error = await errorType(requester.get('projects/1/pipelines/2'));
    expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs: null });
    expect(server.requests).toHaveLength(3);
    expect(clock.slept).toEqual([250, 500]);
  });

  test('is over for one who reads when the next answer is good', async () => {
    const server = await startStubServer((response) => {
      if (server.requests.length < 3) trouble(response);
      else sendJson(response, 200, { id: 2 });
    });
    expect((await requesterFor(server.url).requester.get('projects/1/pipelines/2')).body).toEqual({ id: 2 });
  });
});

describe('no answer in time', () => {
  test('leaves open for a minute what came of it', async () => {
    const server = await startStubServer(() => undefined);
    const error = await errorType(post(requesterFor(server.url, { timeoutMs: 50 }).requester));
    expect(error.message).toBe('no answer in time');
    expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });

  test('also counts while the answer trickles in', async () => {
    const server = await startStubServer((response) => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.write('{');
    });
    const error = await errorType(post(requesterFor(server.url, { timeoutMs: 50 }).requester));
    expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs: 60_000 });
  });
});

describe('a request that certainly never came to GitLab', () => {
  const nothingOpen = { retryAfterMs: null, inDoubtMs: null };

  test('because nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await errorType(post(requesterFor(`http://127.0.0.1:${port}`).requester));
    expect(error.message).toBe('GitLab cannot be reached (ECONNREFUSED)');
    expect(unansweredOf(error)).toEqual(nothingOpen);
  });

  test('because it does not speak TLS', async () => {
    const server = await startStubServer((response) => response.end());
    const error = await errorType(post(requesterFor(`https://127.0.0.1:${server.port}`).requester));
    expect(error.message).toMatch(/^GitLab cannot be reached \(ERR_SSL_.*GITLAB_URL/);
    expect(error).toBeInstanceOf(GitLabUnusable);
  });

  test.each([['ENOTFOUND'], ['EAI_AGAIN'], ['EHOSTUNREACH'], ['UND_ERR_CONNECT_TIMEOUT']])(
    'because of %s',
    async (code) => {
      const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { code } }));
      const error = await errorType(post(requesterFor('https://gitlab.test', { fetch }).requester));
      expect(unansweredOf(error)).toEqual(nothingOpen);
      expect(isLasting(error)).toBe(code === 'ENOTFOUND');
    },
  );

  test.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['CERT_HAS_EXPIRED'],
    ['ERR_TLS_CERT_ALTNAME_INVALID'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['HOSTNAME_MISMATCH'],
  ])('because its certificate is refused: %s, final', async (code) => {
    const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { code } }));
    const error = await errorType(post(requesterFor('https://gitlab.test', { fetch }).requester));
    expect(error).toBeInstanceOf(GitLabUnusable);
    expect(error.message).toBe(
      `GitLab cannot be reached (${code}): set NODE_EXTRA_CA_CERTS to a file with the certificate of its authority`,
    );
  });

  test.each([['ECONNRESET'], ['UND_ERR_SOCKET'], ['EPIPE'], ['SOMETHING_NEW'], [undefined]])(
    'is not to be believed because of %s',
    async (code) => {
      const fetch = () => Promise.reject(new TypeError('fetch failed', { cause: code && { code } }));
      const error = await errorType(post(requesterFor('https://gitlab.test', { fetch }).requester));
      expect(unansweredOf(error)).toEqual({ retryAfterMs: null, inDoubtMs: 5_000 });
    },
  );
});

describe('the limit of requests', () => {
  test('is obeyed: nothing is sent before the time is over', async () => {
    const server = await startStubServer((response) => {
      if (server.requests.length > 1) sendJson(response, 201, { id: 1 });
      else response.writeHead(429, { 'retry-after': '7', 'content-type': 'text/plain' }).end('Retry later\n');
    });
    const { requester, clock } = requesterFor(server.url);
    // Certainly not carried out: it may be asked again without a search.
    expect(unansweredOf(await errorType(post(requester)))).toEqual({ retryAfterMs: 7_000, inDoubtMs: null });
    await clock.sleep(6_999);
    expect(unansweredOf(await errorType(post(requester)))).toEqual({ retryAfterMs: 1, inDoubtMs: null });
    expect(unansweredOf(await errorType(requester.get('version')))).toEqual({
      retryAfterMs: 1,
      inDoubtMs: null,
    });
    expect(server.requests).toHaveLength(1);
    await clock.sleep(1);
    expect((await post(requester)).status).toBe(201);
  });

  test('without a word on when to come back means a while', async () => {
    const server = await startStubServer((response) =>
      sendJson(response, 429, { message: { error: 'Too many requests' } }),
    );
    const error = await errorType(requesterFor(server.url).requester.get('version'));
    expect(unansweredOf(error)).toEqual({ retryAfterMs: 10_000, inDoubtMs: null });
    expect(server.requests).toHaveLength(1);
  });

  test('is kept when an answer says that it is used up', async () => {
    const { requester, clock } = requesterFor('https://gitlab.test', {
      fetch: () => {
        const reset = String(clock.now() / 1000 + 5);
        return Promise.resolve(
          Response.json([], {
            headers: {
              date: new Date(clock.now()).toUTCString(),
              'ratelimit-remaining': '0',
              'ratelimit-reset': reset,
            },
          }),
        );
      },
    });
    await requester.get('version');
    expect(unansweredOf(await errorType(requester.get('version')))).toEqual({
      retryAfterMs: 5_000,
      inDoubtMs: null,
    });
  });

  test('of a 503 that says when to come back holds for one who reads, too', async () => {
    const server = await startStubServer((response) => response.writeHead(503, { 'retry-after': '3' }).end());
    const error = await errorType(requesterFor(server.url).requester.get('version'));
    expect(unansweredOf(error)).toEqual({ retryAfterMs: 3_000, inDoubtMs: null });
    expect(server.requests).toHaveLength(1);
  });
});

test('GitLab’s words are shown without what they quote of the request', async () => {
  const server = await startStubServer((response, { headers, body }) =>
    sendJson(response, 400, { message: { base: [`${String(headers['private-token'])} sent ${body}`] } }),
  );
  const error = await errorType(
    requesterFor(server.url).requester.post('projects/1/trigger/pipeline', {
      body: {
        ref: 'main',
        token: triggerToken,
        variables: { PASSWORD: 'pa"ss word' },
        inputs: { deep: ['input-1'] },
      },
    }),
  );
  expect(error.message).toBe(
    '[redacted] sent {"ref":"main","token":"[redacted]","variables":{"PASSWORD":"[redacted]"},"inputs":{"deep":["[redacted]"]}}',
  );
});

test('no error carries a token', async () => {
  const answers = [
    ...troubles.map(([, trouble]) => trouble),
    ...[400, 404, 429].map(
      (status) => (response: ServerResponse) => sendJson(response, status, { message: 'no' }),
    ),
  ];
  for (const answer of answers) {
    const server = await startStubServer(answer);
    const error = await errorType(post(requesterFor(server.url).requester));
    const everything = inspect(error, { depth: Infinity, showHidden: true });
    expect(everything).not.toContain(apiToken);
    expect(everything).not.toContain(triggerToken);
  }
});

describe('when the service stops', () => {
  /** A GitLab that does not answer until the test sends the response. */
  async function begin() {
    const asked = Promise.withResolvers<ServerResponse>();
    const server = await startStubServer((response) => asked.resolve(response));
    const clock = createFakeClock();
    const stopping = new AbortController();
    const { requester } = requesterFor(server.url, { giveUp: createShutdownSignals(stopping.signal, clock) });
    return { requester, server, clock, stopping, asked: asked.promise };
  }

  test('a read is aborted immediately, and not tried again', async () => {
    const { requester, server, stopping, asked } = await begin();
    const failure = errorType(requester.get('version'));
    await asked;
    stopping.abort();
    expect(await failure).toMatchObject({ message: 'the service stops', unanswered: { inDoubtMs: null } });
    expect(server.requests).toHaveLength(1);
    expect(await errorType(requester.get('version'))).toMatchObject({ message: 'the service stops' });
    expect(server.requests).toHaveLength(1);
  });

  test('what acts has three seconds to be answered', async () => {
    const { requester, clock, stopping, asked } = await begin();
    const answer = post(requester);
    const response = await asked;
    stopping.abort();
    await clock.advance(2_999);
    sendJson(response, 201, { id: 1 });
    expect(await answer).toMatchObject({ status: 201 });
  });

  test('… and may have been carried out without an answer', async () => {
    const { requester, clock, stopping, asked } = await begin();
    const failure = errorType(post(requester));
    await asked;
    stopping.abort();
    await clock.advance(3_000);
    expect(await failure).toMatchObject({ message: 'the service stops', unanswered: { inDoubtMs: 60_000 } });
  });
});

describe('a stream', () => {
  test('is read as it comes, for as long as pieces come, whatever the whole takes', async () => {
    const server = await startStubServer((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      let count = 0;
      const timer = setInterval(() => {
        response.write(`${(count += 1)} `);
        if (count < 10) return;
        clearInterval(timer);
        response.end();
      }, 100);
    });
    const { requester } = requesterFor(server.url, { timeoutMs: 800 });
    expect(await textOf(requester.stream('trace'))).toBe('1 2 3 4 5 6 7 8 9 10 ');
  });

  test('ends as no answer when a piece does not come, or the connection breaks', async () => {
    const silent = await startStubServer((response) => void response.writeHead(200).write('x'));
    const { requester } = requesterFor(silent.url, { timeoutMs: 200 });
    await expect(textOf(requester.stream('trace'))).rejects.toMatchObject({
      code: 'gitlab_unavailable',
      message: 'no answer in time',
    });
    const broken = await startStubServer((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    });
    await expect(textOf(requesterFor(broken.url).requester.stream('trace'))).rejects.toBeInstanceOf(
      GitLabUnavailable,
    );
  });

  test('is refused as any other request, and tried again where that may pass', async () => {
    const statuses = [502, 502, 200];
    const server = await startStubServer((response) =>
      response.writeHead(statuses.shift() ?? 500).end('log'),
    );
    expect(await textOf(requesterFor(server.url).requester.stream('trace'))).toBe('log');
    const missing = await startStubServer((response) =>
      sendJson(response, 404, { message: '404 Not found' }),
    );
    await expect(requesterFor(missing.url).requester.stream('trace')).rejects.toMatchObject({
      code: 'not_found',
      message: '404 Not found',
    });
    const page = await startStubServer((response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    await expect(requesterFor(page.url).requester.stream('trace')).rejects.toMatchObject({
      message: 'a web page came instead of an answer of the API',
    });
  });

  test('ends when the service stops', async () => {
    const server = await startStubServer((response) => void response.writeHead(200).write('x'));
    const stopping = new AbortController();
    const giveUp = { reads: stopping.signal, writes: never.writes };
    const stream = await requesterFor(server.url, { giveUp, timeoutMs: 60_000 }).requester.stream('trace');
    expect(await stream.next()).toEqual({ done: false, value: 'x' });
    const next = stream.next();
    stopping.abort();
    await expect(next).rejects.toMatchObject({ message: 'the service stops' });
  });
});
