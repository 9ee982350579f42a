import { describe, expect, test } from 'vitest';
import type { ApiKey } from '../../../src/app/access/api-keys.ts';
import type { RecordedAudit } from '../../../src/app/ports/index.ts';
import { auditPage } from '../../../src/http/dashboard/audit.ts';
import type { PageRequest } from '../../../src/http/dashboard/authenticate-page.ts';
import { healthList } from '../../../src/http/dashboard/hook-health.ts';
import { keyPages } from '../../../src/http/dashboard/keys.ts';
import type { PageContent } from '../../../src/http/dashboard/layout.ts';
import { triggersPage } from '../../../src/http/dashboard/triggers.ts';
import type { Trigger } from '../../../src/domain/trigger/trigger.ts';
import { aTrigger } from '../../fakes/triggers.ts';
import { plainText } from './plain-text.ts';

const now = Date.UTC(2026, 0, 2);
const hourMs = 3_600_000;
const clock = { now: () => now };
const visitOf = (query: object): PageRequest =>
  ({ request: { query }, caller: { id: 'root', role: 'admin', projects: null }, isSignedIn: true }) as never;

describe('the keys', () => {
  const aKey = (given: Partial<ApiKey> = {}): ApiKey => ({
    id: 'key_1',
    name: 'ci',
    role: 'trigger',
    projects: null,
    createdAt: now - 3 * hourMs,
    lastUsedAt: null,
    expiresAt: null,
    revokedAt: null,
    ...given,
  });
  const shown = async (keys: readonly ApiKey[]): Promise<string> => {
    let make: ((visit: PageRequest) => Promise<PageContent>) | undefined;
    const answers = {
      page: (given: typeof make) => {
        make ??= given;
        return () => undefined;
      },
      form: () => () => undefined,
    };
    keyPages({ answers, keys: { list: () => Promise.resolve(keys) }, actorOf: () => ({}), clock } as never);
    const { body } = (await make?.(visitOf({}))) ?? { body: false as const };
    expect([...String(body).matchAll(/value="(\w+)" selected/g)].map(([, role]) => role)).toEqual([
      'trigger',
    ]);
    return plainText(body);
  };

  test('without any say what a key is for', async () => {
    const text = await shown([]);
    expect(text).toContain('There are no keys yet');
    expect(text).not.toContain('Last used');
  });

  test.each<[string, Partial<ApiKey>, string]>([
    ['in force', {}, 'in force ci key_1 all trigger 3 hours ago never never Revoke… '],
    ['for some projects', { projects: ['a/*', 'b'] }, 'in force ci key_1 a/*, b trigger'],
    ['used', { lastUsedAt: now - hourMs }, '3 hours ago 1 hour ago never Revoke'],
    [
      'that expires',
      { expiresAt: now + hourMs },
      'in force ci key_1 all trigger 3 hours ago never in 1 hour',
    ],
    ['that expires now', { expiresAt: now }, 'expired ci key_1'],
    ['that is revoked', { revokedAt: now }, 'revoked ci key_1 all trigger 3 hours ago never never Make'],
  ])('show one %s', async (_name, given, text) => {
    expect((await shown([aKey(given)])).replace('Another key', 'Make')).toContain(text.trim());
  });

  test.each([
    [50, null],
    [51, 'and 1 older ones'],
  ])('are the newest 50 of %i, and the number of the others', async (count, more) => {
    const text = await shown(Array.from({ length: count }, (_, index) => aKey({ name: `k${index}` })));
    expect(text).toContain(`k${count - 1} `);
    expect(text).toContain(`k${count - 50} `);
    expect(/and \d+ older ones/.exec(text)?.[0] ?? null).toBe(more);
  });
});

describe('the audit log', () => {
  const entry = (given: Partial<RecordedAudit> = {}): RecordedAudit =>
    ({
      at: now - hourMs,
      actor: { id: 'ci', from: '192.0.2.1' },
      action: 'trigger.start',
      subject: 'trg_1',
      details: {},
      ...given,
    }) as RecordedAudit;
  const shown = async (
    items: readonly RecordedAudit[],
    query: object = {},
    nextCursor: string | null = null,
  ) => {
    const asked: unknown[] = [];
    const list = (given: unknown) => {
      asked.push(given);
      return Promise.resolve({ items, nextCursor });
    };
    const { body } = await auditPage({ audit: { list }, clock })(visitOf(query));
    return { asked, markup: String(body), text: plainText(body) };
  };

  test('without an entry says so', async () => {
    expect((await shown([])).text).toContain('Nothing yet');
  });

  test('shows the actor, the action, its subject, its origin and its time', async () => {
    const { text, markup, asked } = await shown([entry({ details: { reason: 'late', days: 3 } })]);
    expect(text).toContain('ci trigger.start trg_1 reason: late days: 3 192.0.2.1 1 hour ago');
    expect(text).not.toMatch(/Nothing yet|Show all|request:/);
    expect(markup).toContain('href="/audit?actor=ci"');
    expect(asked).toEqual([{ subject: null, actor: null, cursor: null, limit: 50 }]);
  });

  test('leaves out what is not known, and names the request', async () => {
    const actor = { id: 'ci', from: 'cli', requestId: 'req_1' };
    const { text } = await shown([entry({ actor, details: { reason: null } })]);
    expect(text).toContain('trg_1 request: req_1 cli');
  });

  test.each([
    ['trg_1', '/triggers/trg_1'],
    ['dlv_1', '/deliveries/dlv_1'],
    ['key_1', null],
  ])('links %s to %s', async (subject, href) => {
    const { markup } = await shown([entry({ subject })]);
    expect(/href="(\/(?:triggers|deliveries)[^"]*)"/.exec(markup)?.[1] ?? null).toBe(href);
  });

  test('has a dash where there is no subject', async () => {
    expect((await shown([entry({ subject: null })])).text).toContain('trigger.start – 192.0.2.1');
  });

  test.each([
    [{ actor: 'ci' }, 'Audit log of ci Show all'],
    [{ subject: 'trg_1' }, 'Audit log of trg_1 Show all'],
    [{ subject: 'trg_1', actor: 'ci' }, 'Audit log of ci Show all'],
  ])('of %j has it in its heading, and keeps it on the next page', async (query, heading) => {
    const { text, markup, asked } = await shown([entry()], query, 'next');
    expect(text).toContain(heading);
    expect(asked).toMatchObject([query]);
    expect(markup).toContain(
      `?${new URLSearchParams({ ...query, cursor: 'next' }).toString().replaceAll('&', '&amp;')}"`,
    );
  });
});

describe('the triggers', () => {
  const shown = async (query: object, { role = 'admin', triggers = [] as readonly Trigger[] } = {}) => {
    const show = triggersPage({
      store: { list: () => Promise.resolve({ items: triggers, nextCursor: null }) },
      diagnostics: { hookHealthOf: () => null },
      waiters: { count: () => 0 },
      approvals: { refusalFor: () => null },
      isAway: () => false,
      clock,
    });
    const visit = { ...visitOf(query), caller: { id: 'ci', role, projects: null } } as PageRequest;
    const { body } = await show(visit);
    return plainText(body);
  };
  const noMatch = 'No trigger matches';

  test.each([
    [{}, 'Nothing is pending.'],
    [{ state: 'finished' }, 'There are no triggers yet.'],
    [{ state: 'all' }, 'There are no triggers yet.'],
    [{ project: 'group/app' }, noMatch],
    [{ ref: 'main' }, noMatch],
    [{ cursor: 'end' }, noMatch],
  ])('of which none is found for %j say so', async (query, hint) => {
    const text = await shown(query);
    expect(text).toContain(hint);
    expect(text.includes(noMatch)).toBe(hint === noMatch);
    expect(text.includes('Show what has finished')).toBe(hint === 'Nothing is pending.');
  });

  test('show how to start one to callers that may', async () => {
    expect(await shown({}, { role: 'trigger' })).toContain('trigger --server');
    expect(await shown({}, { role: 'read' })).not.toContain('trigger --server');
  });

  test('show no hint beside a row', async () => {
    const text = await shown({}, { triggers: [aTrigger()] });
    expect(text).toContain('group/ app');
    expect(text).not.toMatch(/No trigger matches|Nothing is pending/);
  });

  test.each([
    [{}, false],
    [{ state: 'all' }, true],
    [{ project: 'a' }, true],
    [{ ref: 'a' }, true],
    [{ cursor: 'a' }, false],
  ])('that are filtered by %j have a link that clears the filters: %j', async (query, hasLink) => {
    expect(/Filter Clear/.test(await shown(query))).toBe(hasLink);
  });
});

describe('the health of hooks', () => {
  const health = {
    project: 'group/app',
    state: 'healthy',
    since: now - hourMs,
    findings: [],
    triggers: 2,
  } as const;

  test('of no project says that none is waited for', () => {
    expect(plainText(healthList([], { now, hasUrl: true }))).toContain(
      'No pending trigger waits for a project',
    );
  });

  test.each([
    [true, 'healthy group/app nothing is wrong 2 1 hour ago Install or repair'],
    [false, 'healthy group/app nothing is wrong 2 1 hour ago'],
  ])('has a button where the service knows its address: %j', (hasUrl, text) => {
    const shown = plainText(healthList([health], { now, hasUrl }));
    expect(shown).toMatch(new RegExp(`${text}$`));
    expect(shown).not.toContain('No pending trigger');
  });

  test('names what is wrong, with its remedy', () => {
    const findings = [
      { code: 'missing', severity: 'error', hookId: null, text: 'there is none', remedy: 'hooks install' },
    ] as const;
    expect(
      plainText(healthList([{ ...health, state: 'unhealthy', findings }], { now, hasUrl: true })),
    ).toContain('unhealthy group/app error there is none Remedy: hooks install 2');
  });
});
