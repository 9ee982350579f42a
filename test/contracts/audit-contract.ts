import { describe, expect, test } from 'vitest';
import type { AuditLog, AuditQuery, RecordedAudit, TriggerStore } from '../../src/app/ports/index.ts';
import type { AuditEntry } from '../../src/domain/access/audit.ts';
import { aTrigger, start } from '../fakes/triggers.ts';
import { noSecrets } from './store-contract.ts';

interface StoresUnderTest {
  readonly triggers: TriggerStore;
  readonly audit: AuditLog;
}

const entryOf = (given: Partial<AuditEntry> = {}): AuditEntry => ({
  at: start,
  actor: { id: 'ci', from: '192.0.2.7' },
  action: 'trigger.cancel',
  subject: 'trg_1',
  details: {},
  ...given,
});

/**
 * What every audit log does.
 * @param open gives a new and empty one for each test, and closes it when the test ends
 */
export function auditContract(name: string, open: () => Promise<StoresUnderTest>): void {
  const all = { subject: null, actor: null, limit: 200, cursor: null };
  const list = async ({ audit }: StoresUnderTest, query: Partial<AuditQuery> = {}) =>
    (await audit.list({ ...all, ...query })).items;
  const subjectsOf = (entries: readonly RecordedAudit[]) => entries.map(({ subject }) => subject);
  const note = async ({ audit }: StoresUnderTest, ...entries: readonly Partial<AuditEntry>[]) => {
    for (const entry of entries) await audit.note(entryOf(entry));
  };

  describe(`audit log: ${name}`, () => {
    test('keeps an entry as it was noted', async () => {
      const stores = await open();
      const details = { outcome: 'success', reason: `seen "it"\n'ü`, jobs: ['deploy'], days: null };
      const actor = { id: 'ci', from: '::1', requestId: 'a1:b2' };
      const entries = [
        entryOf({ details, actor }),
        entryOf({ action: 'key.revoke', subject: null, at: start + 1 }),
      ];
      await note(stores, ...entries);
      const [second, first] = await list(stores);
      expect(first).toEqual({ ...entries[0], sequence: first?.sequence });
      expect(second).toEqual({ ...entries[1], sequence: second?.sequence });
      expect(Number(second?.sequence)).toBeGreaterThan(Number(first?.sequence));
    });

    test('is listed in the order it was written, newest first, whatever the clock said', async () => {
      const stores = await open();
      await note(stores, { subject: 'a' }, { subject: 'b', at: start - 5 }, { subject: 'c' });
      expect(subjectsOf(await list(stores))).toEqual(['c', 'b', 'a']);
    });

    test('comes in pages, each entry once, also when more is written meanwhile', async () => {
      const stores = await open();
      await note(stores, ...['a', 'b', 'c', 'd', 'e'].map((subject) => ({ subject })));
      const seen: (string | null)[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<AuditLog['list']>> = await stores.audit.list({
          ...{ ...all, limit: 2, cursor },
        });
        seen.push(...subjectsOf(page.items));
        cursor = page.nextCursor;
        await note(stores, { subject: 'late' });
      } while (cursor !== null);
      expect(seen).toEqual(['e', 'd', 'c', 'b', 'a']);
      for (const bad of ['x', Buffer.from('1 x').toString('base64url')])
        await expect(stores.audit.list({ ...all, cursor: bad })).rejects.toMatchObject({ code: 'invalid' });
    });

    test('is found by what it is about, and by who did it', async () => {
      const stores = await open();
      const other = { id: 'operator@cli', from: 'root on host' };
      await note(stores, { subject: 'a' }, { subject: 'b', actor: other }, { subject: 'a', actor: other });
      expect(subjectsOf(await list(stores, { subject: 'a' }))).toEqual(['a', 'a']);
      expect(subjectsOf(await list(stores, { actor: other.id }))).toEqual(['a', 'b']);
      expect(await list(stores, { subject: 'a', actor: 'ci' })).toHaveLength(1);
      expect(await list(stores, { subject: 'c' })).toEqual([]);
    });

    test('forgets what is older than a time, however much it is', async () => {
      const stores = await open();
      await Promise.all(Array.from({ length: 1_001 }, () => stores.audit.note(entryOf({ subject: 'old' }))));
      await note(stores, { subject: 'new', at: start + 1 });
      expect(await stores.audit.prune(start + 1)).toBe(1_001);
      expect(subjectsOf(await list(stores))).toEqual(['new']);
      expect(await stores.audit.prune(start + 1)).toBe(0);
    });

    test('has the start of a trigger with the trigger, once', async () => {
      const stores = await open();
      const trigger = aTrigger();
      const entry = entryOf({ action: 'trigger.start', subject: trigger.id });
      const create = () =>
        stores.triggers.create(trigger, noSecrets, { key: 'key', requestDigest: 'digest' }, { entry });
      expect(await create()).toEqual({ created: true });
      expect(await create()).toMatchObject({ created: false });
      expect(await list(stores)).toMatchObject([entry]);
    });
  });
}
