import { afterAll, expect, test } from 'vitest';
import type { Role } from '../src/domain/access/caller.ts';
import { eventually } from './support/eventually.ts';
import { audience, startJob } from './support/id-tokens.ts';
import { openStream } from './support/open-stream.ts';
import type { Username } from './support/people.ts';
import { openPersonBrowser, peopleEnv, peopleScenario } from './support/people.ts';
import { realRoutes } from './support/real-routes.ts';
import { adminToken, startService, webhookSecret } from './support/start-service.ts';

const world = await startService({
  scenario: peopleScenario(),
  env: { ...peopleEnv, OIDC_AUDIENCE: audience, CALLBACK_ALLOWED_HOSTS: '127.0.0.1' },
  hooks: false,
});
afterAll(world.stop);

const operator = { id: 'operator@cli', from: 'test' };
async function keyOf(name: string, role: Role, projects: readonly string[] | null = null): Promise<string> {
  const { secret } = await world.service.keys.create({ name, role, projects, days: null }, operator);
  return secret;
}

const revoked = await keyOf('revoked', 'admin');
await world.service.keys.revoke('revoked', operator);

/** Everybody who may come along; the trigger that they ask about is the owner's, in group/app. */
const callers = {
  nobody: null,
  'a key that is made up': `ptk_${'0'.repeat(42)}`,
  'a revoked key': revoked,
  'a CI job': await (await startJob(world.simulator, 'group/green')).token(),
  'another key': await keyOf('another', 'trigger'),
  'a reader of other projects': await keyOf('narrow', 'read', ['other/**']),
  'a reader': await keyOf('reader', 'read'),
  'an approver of other projects': await keyOf('narrow-approver', 'approve', ['other/**']),
  'an approver': await keyOf('approver', 'approve', ['group/*']),
  'the owner': await keyOf('owner', 'trigger', ['group/*']),
  'an admin': adminToken,
} as const;
type Who = keyof typeof callers;
const everyone = Object.keys(callers) as readonly Who[];
const unauthenticated: readonly Who[] = ['nobody', 'a key that is made up', 'a revoked key'];
const outsiders: readonly Who[] = [
  'a CI job',
  'another key',
  'a reader of other projects',
  'an approver of other projects',
];

type Outcome = 'let in' | 'not known' | 'not allowed' | 'not found';
type Row = Readonly<Record<Who, Outcome>>;

const rowOf = (outsider: Outcome, reader: Outcome, owner: Outcome): Row => ({
  nobody: 'not known',
  'a key that is made up': 'not known',
  'a revoked key': 'not known',
  'a CI job': outsider,
  'another key': outsider,
  'a reader of other projects': outsider,
  'a reader': reader,
  'an approver of other projects': outsider,
  'an approver': reader,
  'the owner': owner,
  'an admin': 'let in',
});
const all = (outcome: Outcome) =>
  Object.fromEntries(everyone.map((who) => [who, outcome])) as Record<Who, Outcome>;

/** Who may do what, by the kind of thing to be done. */
const rows = {
  /** For everybody. */
  open: all('let in'),
  /** What counts is in the request itself, and here it is wrong. */
  proves: all('not known'),
  /** For each who is known; what they see of it is looked at below. */
  known: rowOf('let in', 'let in', 'let in'),
  see: rowOf('not found', 'let in', 'let in'),
  steer: rowOf('not found', 'not allowed', 'let in'),
  resolve: rowOf('not found', 'not allowed', 'not allowed'),
  approve: { ...rowOf('not found', 'not allowed', 'not allowed'), 'an approver': 'let in' },
  start: { ...rowOf('not allowed', 'not allowed', 'let in'), 'another key': 'let in' },
  admin: rowOf('not allowed', 'not allowed', 'not allowed'),
} as const satisfies Record<string, Row>;

/** Each route that the service has: a new one that is not here fails the first test. */
const kinds: Readonly<Record<string, keyof typeof rows>> = {
  'POST /v1/triggers': 'start',
  'GET /v1/triggers': 'known',
  'GET /v1/events': 'known',
  'GET /v1/verdict': 'known',
  'GET /v1/triggers/:id': 'see',
  'GET /v1/triggers/:id/wait': 'see',
  'POST /v1/triggers/:id/wait': 'see',
  'GET /v1/triggers/:id/events': 'see',
  'GET /v1/triggers/:id/log': 'see',
  'GET /v1/triggers/:id/artifacts': 'see',
  'GET /v1/triggers/:id/artifacts/:job': 'see',
  'GET /v1/triggers/:id/artifacts/:job/*path': 'see',
  'GET /v1/triggers/:id/history': 'see',
  // It has GitLab asked.
  'GET /v1/triggers/:id/difference': 'steer',
  'POST /v1/triggers/:id/cancel': 'steer',
  'POST /v1/triggers/:id/play': 'steer',
  'POST /v1/triggers/:id/approve': 'approve',
  'POST /v1/triggers/:id/reject': 'approve',
  'POST /v1/triggers/:id/retry': 'steer',
  'POST /v1/triggers/:id/reconcile': 'steer',
  'POST /v1/triggers/:id/resolve': 'resolve',
  'GET /v1/deliveries': 'admin',
  'GET /v1/deliveries/:id': 'admin',
  'POST /v1/deliveries/:id/replay': 'admin',
  'GET /v1/callbacks': 'admin',
  'GET /v1/callbacks/:id': 'admin',
  'POST /v1/callbacks/:id/retry': 'admin',
  'GET /v1/hooks': 'admin',
  'GET /v1/hooks/projects': 'admin',
  'GET /v1/hooks/health': 'admin',
  'POST /v1/hooks/install': 'admin',
  'POST /v1/hooks/doctor': 'admin',
  'POST /v1/hooks/remove': 'admin',
  'GET /v1/audit': 'admin',
  'GET /metrics': 'known',
  'POST /webhooks/gitlab': 'proves',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /openapi.json': 'open',
  'GET /problems/:code': 'open',
  'GET /': 'known',
  'GET /live': 'known',
  'GET /triggers/:id': 'see',
  'GET /triggers/:id/log': 'see',
  'GET /triggers/:id/live': 'see',
  'POST /triggers/:id/approve': 'approve',
  'POST /triggers/:id/reject': 'approve',
  'POST /triggers/:id/cancel': 'steer',
  'POST /triggers/:id/play': 'steer',
  'POST /triggers/:id/retry': 'steer',
  'POST /triggers/:id/reconcile': 'steer',
  'POST /triggers/:id/resolve': 'resolve',
  'GET /deliveries': 'admin',
  'GET /deliveries/:id': 'admin',
  'POST /deliveries/:id/replay': 'admin',
  'GET /hooks': 'admin',
  'POST /hooks/repair': 'admin',
  'POST /hooks/resend': 'admin',
  'GET /keys': 'admin',
  'POST /keys': 'admin',
  'POST /keys/:id/revoke': 'admin',
  'GET /audit': 'admin',
  'GET /audit.csv': 'admin',
  'GET /statistics': 'admin',
  'GET /sign-in': 'open',
  'POST /sign-in': 'proves',
  'GET /sign-in/gitlab': 'open',
  'POST /sign-out': 'open',
};

test('each route of the service is in the table, and nothing else', () => {
  expect(Object.keys(kinds).toSorted()).toEqual(realRoutes(world.service.app));
});

const plain = { project: 'group/app', ref: 'main' };
const { id } = await (async () => {
  const body = { ...plain, callbackUrl: 'http://127.0.0.1:1/reported' };
  const answer = await world.call('POST', '/v1/triggers', { token: callers['the owner'], body });
  return answer.json as { id: string };
})();
world.simulator.apply(await world.pipelineOf(id), 'success', ['build']);
// Its events end, then, and nobody is held.
await world.call('POST', `/v1/triggers/${id}/resolve`, { body: { outcome: 'success', reason: 'enough' } });
const hook = await world.call('POST', '/webhooks/gitlab', {
  token: null,
  headers: { 'x-gitlab-token': webhookSecret, 'x-gitlab-event': 'Push Hook', 'webhook-id': 'one' },
  body: {},
});
const { delivery } = hook.json as { delivery: string };
await keyOf('spare', 'read');
const key = (await world.service.keys.list()).find(({ name }) => name === 'spare');

/** What the path's parameter may be: what is there, and what is not. */
function idsFor(path: string): readonly [there: string, nowhere: string] {
  if (path.includes('callbacks')) return [id.replace('trg_', 'cbk_'), 'cbk_none'];
  if (path.includes('deliveries')) return [delivery, 'dlv_none'];
  if (path.includes('keys')) return [String(key?.id), 'key_none'];
  return path.includes(':code') ? ['invalid', 'none'] : [id, 'trg_none'];
}

const bodies: Readonly<Record<string, object>> = {
  'POST /v1/triggers': plain,
  'POST /v1/triggers/:id/resolve': { outcome: 'success', reason: 'enough' },
};

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
}

/** A person's session, in place of a token. */
interface Session {
  readonly cookie: string;
}

type Credentials = string | Session | null;

const headersFor = (credentials: Credentials): Readonly<Record<string, string>> =>
  credentials === null
    ? {}
    : typeof credentials === 'string'
      ? { authorization: `Bearer ${credentials}` }
      : { cookie: credentials.cookie };

async function ask(method: string, path: string, by: Credentials, body?: object): Promise<Answer> {
  const isForm = method === 'POST' && !/^\/(?:v1|webhooks)\//.test(path);
  const response = await fetch(world.url + path, {
    method,
    redirect: 'manual',
    headers: {
      accept: 'application/json',
      'sec-fetch-site': 'same-origin',
      ...headersFor(by),
      ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(!isForm && method === 'POST' ? { 'content-type': 'application/json' } : {}),
    },
    ...(method === 'POST' ? { body: isForm ? 'key=wrong' : JSON.stringify(body ?? {}) } : {}),
  });
  const { status, headers } = response;
  // These streams do not end.
  const isEndless = /^\/v1\/events$|\/live$/.test(path) && status === 200;
  const text = isEndless ? '' : await response.text();
  if (isEndless) await response.body?.cancel();
  return { status, text, location: headers.get('location') };
}

const meanings: Readonly<Partial<Record<number, Outcome>>> = {
  401: 'not known',
  403: 'not allowed',
  404: 'not found',
};

async function outcomeOf(route: string, by: Credentials, param: string): Promise<Outcome> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(/:\w+/, param).replace(':job', 'build').replace('*path', 'build.env');
  const answer = await ask(method, path, by, bodies[route]);
  // After a form that was refused the page before it says so.
  const isShown = answer.status === 303 && answer.location?.includes('message=') === true;
  if (!isShown) return meanings[answer.status] ?? 'let in';
  const next = await ask('GET', answer.location, by);
  return next.status === 403 || /only an admin|may only read|may not approve|policy/.test(next.text)
    ? 'not allowed'
    : 'let in';
}

test.each(Object.entries(kinds))('%s (%s) lets in whom it should, and no others', async (route, kind) => {
  const [there] = idsFor(route);
  const row: Partial<Record<Who, Outcome>> = {};
  for (const who of everyone) row[who] = await outcomeOf(route, callers[who], there);
  expect(row).toEqual(rows[kind]);
});

test.each(Object.entries(kinds).filter(([route]) => route.includes(':id')))(
  '%s (%s) does not tell others what there is',
  async (route, kind) => {
    const [, nowhere] = idsFor(route);
    for (const who of [...unauthenticated, ...outsiders])
      expect(await outcomeOf(route, callers[who], nowhere), who).toBe(rows[kind][who]);
  },
);

/** Where triggers are listed. */
const lists = [
  '/v1/triggers?state=all',
  '/v1/triggers?state=all&project=group/app&limit=200',
  '/v1/triggers?view=overview&state=all',
  '/?state=all',
  '/?state=all&project=group/app',
];
/** The beginning of the stream of all triggers: every one that its caller may see, up to the first comment. */
async function followedBy(who: Who): Promise<string> {
  const token = callers[who];
  const stream = await openStream(`${world.url}/v1/events`, {
    'last-event-id': '0',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  });
  if (stream.status === 200) await eventually(() => expect(stream.text()).toContain(': still here\n'));
  stream.hangUp();
  return stream.text();
}

const mentions = async (who: Who, path: string): Promise<boolean> =>
  (await ask('GET', path, callers[who])).text.includes(id);

test.each([...lists, '/metrics'])(
  'GET %s has no trace of a trigger for those who may not see it',
  async (path) => {
    for (const who of [...unauthenticated, ...outsiders]) expect(await mentions(who, path), who).toBe(false);
  },
);

test.each(lists)('GET %s has it for those who may', async (path) => {
  for (const who of ['a reader', 'the owner', 'an admin'] as const)
    expect(await mentions(who, path), who).toBe(true);
});

test('the stream of all triggers has it for those who may see it, and no trace of it for others', async () => {
  const following: Who[] = [];
  for (const who of everyone) if ((await followedBy(who)).includes(id)) following.push(who);
  expect(following).toEqual(['a reader', 'an approver', 'the owner', 'an admin']);
});

/** People by what they are in group/app, each with a session. */
const people: Readonly<Record<Username, Session>> = await (async () => {
  const sessions: Partial<Record<Username, Session>> = {};
  for (const username of ['marge', 'dev', 'rita', 'gus', 'nina', 'boss'] as const) {
    const browser = openPersonBrowser(world);
    expect((await browser.signIn(username)).status).toBe(303);
    const [cookie = []] = browser.cookies;
    sessions[username] = { cookie: cookie.join('=') };
  }
  return sessions as Record<Username, Session>;
})();
const persons = Object.keys(people) as readonly Username[];

type PeopleRow = Readonly<Record<Username, Outcome>>;

const everyPerson = (outcome: Outcome): PeopleRow => ({
  nina: outcome,
  gus: outcome,
  rita: outcome,
  dev: outcome,
  marge: outcome,
  boss: outcome,
});
const seen: PeopleRow = { ...everyPerson('let in'), nina: 'not found', gus: 'not found' };
const adminsOnly: PeopleRow = { ...everyPerson('not allowed'), boss: 'let in' };

/** Nobody, a 'guest', a reporter, a developer and a maintainer of the project, and an administrator of the service. */
const peopleRows: Readonly<Record<keyof typeof rows, PeopleRow>> = {
  open: everyPerson('let in'),
  proves: everyPerson('not known'),
  known: everyPerson('let in'),
  see: seen,
  steer: { ...seen, rita: 'not allowed' },
  approve: { ...seen, rita: 'not allowed', dev: 'not allowed' },
  resolve: { ...seen, rita: 'not allowed', dev: 'not allowed', marge: 'not allowed' },
  start: adminsOnly,
  admin: adminsOnly,
};

/** A session is for pages: the API wants a token, whatever cookies come along. */
const isPage = (route: string): boolean => !/ \/(?:v1\/|metrics|webhooks)/.test(route);
const ofApi = (kind: keyof typeof rows): PeopleRow =>
  kind === 'open' ? everyPerson('let in') : everyPerson('not known');

// Who signs out has no session any more.
const forPeople = Object.entries(kinds).filter(([route]) => route !== 'POST /sign-out');

test.each(forPeople)('%s (%s) lets in the people whom it should', async (route, kind) => {
  const { key: fresh } = await world.service.keys.create(
    { name: `spare-${route.length}`, role: 'read', projects: null, days: null },
    operator,
  );
  const there = route.includes('/keys/:id') ? fresh.id : idsFor(route)[0];
  const row: Partial<Record<Username, Outcome>> = {};
  for (const who of persons) row[who] = await outcomeOf(route, people[who], there);
  expect(row).toEqual(isPage(route) ? peopleRows[kind] : ofApi(kind));
});

test.each(lists.filter((path) => path.startsWith('/?')))(
  'GET %s has a trigger for the people who may see it, and no trace of it for others',
  async (path) => {
    const reading: Username[] = [];
    for (const who of persons) if ((await ask('GET', path, people[who])).text.includes(id)) reading.push(who);
    expect(reading).toEqual(['marge', 'dev', 'rita', 'boss']);
  },
);
