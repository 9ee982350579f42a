import type { RetryClaim } from '../../src/app/ports/trigger-store.ts';
import { describe, expect, test } from 'vitest';
import type {
  DeliveryStore,
  IdempotencyKey,
  Page,
  Secrets,
  TriggerQuery,
  TriggerStore,
} from '../../src/app/ports/index.ts';
import type { Delivery } from '../../src/domain/delivery.ts';
import type { DeliveryId, JobId, PipelineId, TriggerId } from '../../src/domain/ids.ts';
import { changesBetween } from '../../src/domain/trigger/timeline.ts';
import type { Trigger } from '../../src/domain/trigger/trigger.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { aJob, aPlayed, aRunning, aTrigger, after, pipelineId, read, start } from '../fakes/triggers.ts';

export interface StoresUnderTest {
  readonly triggers: TriggerStore;
  readonly inbox: DeliveryStore;
}

export const secrets: Secrets = {
  variables: { PASSWORD: 'canary-variable', QUOTE: `'"\\ü\n` },
  inputs: { env: 'canary-input', deep: { list: [1, true, null] } },
  triggerToken: 'canary-trigger-token',
  apiToken: 'canary-api-token',
};

export const noSecrets: Secrets = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };

const keyOf = (key: string, requestDigest = 'digest'): IdempotencyKey => ({ key, requestDigest });

/** A delivery as GitLab sends it: its payload is what its body says. */
export function aDelivery(
  id: string,
  given: { at?: number; pipeline?: number; status?: string; upstream?: number } = {},
): Delivery {
  const { at = start, pipeline = pipelineId, status = 'running', upstream } = given;
  const body = {
    object_kind: 'pipeline',
    object_attributes: { id: pipeline, status, source: 'trigger', ref: 'main', stages: ['test'] },
    project: { id: 1, path_with_namespace: 'group/app', web_url: 'https://gitlab.example.com/group/app' },
    builds: [{ id: 5001, name: 'unit', stage: 'test', status, allow_failure: false }],
    ...(upstream === undefined
      ? {}
      : { source_pipeline: { pipeline_id: upstream, job_id: 4000, project: { id: 1 } } }),
  };
  return {
    id: id as DeliveryId,
    receivedAt: at,
    event: 'Pipeline Hook',
    instance: 'https://gitlab.example.com',
    userAgent: 'GitLab/19.1.0-ee',
    credential: { kind: 'shared' },
    payload: parsePayload('Pipeline Hook', body),
    body: JSON.stringify(body),
  };
}

const anIgnored = (id: string): Delivery => ({
  ...aDelivery(id),
  event: 'Push Hook',
  instance: null,
  userAgent: null,
  payload: { kind: 'ignored', reason: 'not a Pipeline Hook or Job Hook' },
  body: null,
});

const idsOf = (triggers: readonly Trigger[]): readonly string[] => triggers.map(({ id }) => id);

/** Every page of a list, one after the other. */
async function allPages<T>(
  list: (cursor: string | null) => Promise<Page<T>>,
): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for (let cursor: string | null = null; ;) {
    const { items, nextCursor }: Page<T> = await list(cursor);
    pages.push(items);
    if (nextCursor === null) return pages;
    cursor = nextCursor;
  }
}

/**
 * What every store behind the two ports does.
 * @param open gives a new and empty one for each test, and closes it when the test ends
 */
export function storeContract(name: string, open: () => Promise<StoresUnderTest>): void {
  const make = async ({ triggers }: StoresUnderTest, ...made: readonly Trigger[]): Promise<void> => {
    for (const trigger of made)
      expect(await triggers.create(trigger, noSecrets, null)).toEqual({ created: true });
  };

  /** Makes a trigger and brings it to where it is wanted. */
  const keep = async (stores: StoresUnderTest, ...wanted: readonly Trigger[]): Promise<void> => {
    for (const trigger of wanted) {
      const { id, caller, request, createdAt } = trigger;
      await make(stores, { ...aTrigger(request, { id, caller, at: createdAt }) });
      expect(await stores.triggers.commit(trigger, 1, [])).toBe('committed');
    }
  };

  describe(`store: ${name}`, () => {
    describe('a trigger', () => {
      test('is found as it was made, with its secrets', async () => {
        const { triggers } = await open();
        const trigger = aTrigger({
          jobs: ['deploy'],
          upstream: { project: 'group/parent', pipelineId: 7 as PipelineId, jobId: null },
        });
        expect(await triggers.create(trigger, secrets, null)).toEqual({ created: true });
        expect(await triggers.find(trigger.id)).toEqual({ trigger, version: 1 });
        expect(await triggers.secretsOf(trigger.id)).toEqual(secrets);
      });

      test('is not made once its callers have as many pending ones as they may have', async () => {
        const { triggers } = await open();
        const quota = { callers: ['ci', 'project:1:protected'], limit: 2 };
        const create = (id: string, caller: string, key: IdempotencyKey | null = null) =>
          triggers.create(aTrigger({}, { id, caller }), noSecrets, key, { quota });
        const key = { key: 'k', requestDigest: 'd' };
        expect(await create('trg_1', 'ci', key)).toEqual({ created: true });
        expect(await create('trg_2', 'other')).toEqual({ created: true });
        expect(await create('trg_3', 'project:1:protected')).toEqual({ created: true });
        expect(await create('trg_4', 'ci')).toEqual({ created: 'full' });
        expect(await triggers.find('trg_4' as TriggerId)).toBeUndefined();
        expect(await create('trg_5', 'ci', key)).toMatchObject({ created: false });
        expect(await triggers.create(aTrigger({}, { id: 'trg_6', caller: 'ci' }), noSecrets, null)).toEqual({
          created: true,
        });
        for (const id of ['trg_1', 'trg_6'] as const) {
          const ended = { ...after(aRunning(), read('failed')), id: id as TriggerId, caller: 'ci' };
          expect(await triggers.commit(ended, 1, [])).toBe('committed');
        }
        expect(await create('trg_7', 'ci')).toEqual({ created: true });
      });

      test('that is not there is not found', async () => {
        const { triggers } = await open();
        const id = 'trg_none' as TriggerId;
        expect(await triggers.find(id)).toBeUndefined();
        expect(await triggers.secretsOf(id)).toBeNull();
        expect(await triggers.timeline(id, 0)).toEqual([]);
        expect(await triggers.wasPruned(id)).toBe(false);
        expect(await triggers.commit(aTrigger({}, { id }), 1, [])).toBe('stale');
      });

      test('comes back from a commit as it was given', async () => {
        const stores = await open();
        const full = aRunning(
          { onManual: 'play', pipelineId: 7 as PipelineId },
          {
            status: 'manual',
            jobs: [
              aJob('unit', 'failed', {
                failureReason: 'script_failure',
                webUrl: 'https://gitlab.example.com/1',
              }),
            ],
            played: [aPlayed('deploy', 'refused'), aPlayed('notify', 'intended')],
            cancel: { progress: 'wanted', reason: 'why' },
            retry: { progress: 'done', reason: null },
            epoch: 3,
            observedAt: start + 5,
          },
        );
        await keep(stores, full);
        expect(await stores.triggers.find(full.id)).toEqual({ trigger: full, version: 2 });
      });

      test('is committed on the version that it was decided on, or not at all', async () => {
        const stores = await open();
        const [first, second] = [aRunning({}, { status: 'pending' }), aRunning({}, { status: 'running' })];
        await make(stores, aTrigger());
        const { triggers } = stores;
        expect(await triggers.commit(first, 1, changesBetween(aTrigger(), first))).toBe('committed');
        expect(await triggers.commit(second, 1, changesBetween(aTrigger(), second))).toBe('stale');
        expect(await triggers.find(first.id)).toEqual({ trigger: first, version: 2 });
        expect(await triggers.timeline(first.id, 0)).toMatchObject([
          { entry: { type: 'state' } },
          { entry: { type: 'status', status: 'pending' } },
        ]);
        expect(await triggers.commit(second, 2, [])).toBe('committed');
      });

      test('commits one of many concurrent changes to the same version', async () => {
        const stores = await open();
        await make(stores, aTrigger());
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            stores.triggers.commit(aRunning({}, { epoch: index }), 1, [{ type: 'state', state: 'pending' }]),
          ),
        );
        expect(results.filter((result) => result === 'committed')).toHaveLength(1);
        expect(await stores.triggers.timeline(aTrigger().id, 0)).toHaveLength(2);
      });
    });

    describe('an idempotency key', () => {
      test('gives the trigger that was made under it, as it is now', async () => {
        const { triggers } = await open();
        const first = aTrigger();
        await triggers.create(first, secrets, keyOf('key', 'one'));
        await triggers.commit(aRunning(), 1, []);
        const again = await triggers.create(aTrigger({}, { id: 'trg_2' }), noSecrets, keyOf('key', 'two'));
        expect(again).toEqual({
          created: false,
          earlier: { trigger: aRunning(), version: 2 },
          requestDigest: 'one',
        });
        expect(await triggers.find('trg_2' as TriggerId)).toBeUndefined();
        expect(await triggers.secretsOf(first.id)).toEqual(secrets);
      });

      test('is its caller’s own', async () => {
        const { triggers } = await open();
        await triggers.create(aTrigger(), noSecrets, keyOf('key'));
        const other = aTrigger({}, { id: 'trg_2', caller: 'somebody else' });
        expect(await triggers.create(other, noSecrets, keyOf('key'))).toEqual({ created: true });
      });

      test('differs from other keys, and from none', async () => {
        const { triggers } = await open();
        const made = [null, keyOf('a'), keyOf('b'), null, keyOf('A')].map((key, index) =>
          triggers.create(aTrigger({}, { id: `trg_${index}` }), noSecrets, key),
        );
        expect((await Promise.all(made)).every(({ created }) => created)).toBe(true);
      });

      test('is used for one trigger when many concurrent requests bring it', async () => {
        const { triggers } = await open();
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            triggers.create(aTrigger({}, { id: `trg_${index}` }), noSecrets, keyOf('key')),
          ),
        );
        expect(results.filter(({ created }) => created)).toHaveLength(1);
        expect((await triggers.list({ ...everything, limit: 50 })).items).toHaveLength(1);
      });
    });

    describe('secrets', () => {
      const finished = after(aRunning(), read('failed'));

      test('stay while there is something to do', async () => {
        const { triggers } = await open();
        const wanted = { ...finished, cancel: { progress: 'wanted', reason: null } as const };
        await triggers.create(aTrigger(), secrets, null);
        await triggers.commit(aRunning(), 1, []);
        expect(await triggers.secretsOf(finished.id)).toEqual(secrets);
        await triggers.commit(wanted, 2, []);
        expect(await triggers.secretsOf(finished.id)).toEqual(secrets);
      });

      test('are erased with the end', async () => {
        const { triggers } = await open();
        await triggers.create(aTrigger(), secrets, null);
        await triggers.commit(finished, 1, []);
        expect(await triggers.secretsOf(finished.id)).toBeNull();
        await triggers.commit(aRunning(), 2, []);
        expect(await triggers.secretsOf(finished.id)).toBeNull();
      });

      test('are not erased by a commit that came too late', async () => {
        const { triggers } = await open();
        await triggers.create(aTrigger(), secrets, null);
        await triggers.commit(aRunning(), 1, []);
        expect(await triggers.commit(finished, 1, [])).toBe('stale');
        expect(await triggers.secretsOf(finished.id)).toEqual(secrets);
      });
    });

    test.each([8_192, 20_000])(
      'a pipeline of %i jobs is kept with an entry for each',
      { timeout: 60_000 },
      async (count) => {
        const { triggers } = await open();
        await triggers.create(aTrigger(), noSecrets, null);
        const jobs = Array.from({ length: count }, (_, index) => ({
          ...aJob('unit', 'success'),
          id: (index + 1) as JobId,
        }));
        const next: Trigger = { ...aRunning(), jobs };
        const entries = changesBetween(aTrigger(), next);
        expect(await triggers.commit(next, 1, entries)).toBe('committed');
        expect((await triggers.find(next.id))?.trigger.jobs).toHaveLength(count);
        const timeline = await triggers.timeline(next.id, 0);
        expect(timeline.slice(1).map(({ entry }) => entry)).toEqual(entries);
      },
    );

    describe('the triggers that payload may be about', () => {
      const other = 999 as PipelineId;
      const running = (id: string, pipeline: PipelineId, at: number): Trigger => {
        const trigger = aRunning();
        return {
          ...trigger,
          ...aTrigger({}, { id, at }),
          state: { kind: 'running', pipeline: { ...trigger.state.pipeline, id: pipeline } },
        };
      };

      test('have the pipeline, oldest first', async () => {
        const stores = await open();
        await keep(
          stores,
          running('trg_b', pipelineId, start + 1),
          running('trg_a', pipelineId, start + 2),
          running('trg_0', pipelineId, start),
          running('trg_x', other, start),
        );
        expect(idsOf(await stores.triggers.findConcerned(pipelineId, null))).toEqual([
          'trg_0',
          'trg_b',
          'trg_a',
        ]);
      });

      test('are named in it, before they know their pipeline', async () => {
        const stores = await open();
        await make(stores, aTrigger({}, { id: 'trg_1' }), aTrigger({}, { id: 'trg_2' }));
        expect(idsOf(await stores.triggers.findConcerned(pipelineId, 'trg_2' as TriggerId))).toEqual([
          'trg_2',
        ]);
        expect(await stores.triggers.findConcerned(pipelineId, null)).toEqual([]);
        expect(await stores.triggers.findConcerned(pipelineId, 'trg_3' as TriggerId)).toEqual([]);
      });

      test('come from it as their upstream pipeline', async () => {
        const stores = await open();
        const upstream = { project: 'group/parent', pipelineId, jobId: 7 as JobId };
        await make(stores, aTrigger({ upstream }, { id: 'trg_1' }), aTrigger({}, { id: 'trg_2' }));
        expect(idsOf(await stores.triggers.findConcerned(pipelineId, null))).toEqual(['trg_1']);
      });

      test('are each given once, by their pipeline and by their name, also beside others', async () => {
        const stores = await open();
        await keep(stores, running('trg_1', pipelineId, start), running('trg_2', pipelineId, start + 1));
        await make(stores, aTrigger({}, { id: 'trg_0', at: start - 1 }));
        const concerned = async (id: string) =>
          idsOf(await stores.triggers.findConcerned(pipelineId, id as TriggerId));
        expect(await concerned('trg_2')).toEqual(['trg_1', 'trg_2']);
        expect(await concerned('trg_1')).toEqual(['trg_1', 'trg_2']);
        expect(await concerned('trg_0')).toEqual(['trg_0', 'trg_1', 'trg_2']);
        const [one, two] = await Promise.all([concerned('trg_0'), concerned('trg_2')]);
        expect([one, two]).toEqual([
          ['trg_0', 'trg_1', 'trg_2'],
          ['trg_1', 'trg_2'],
        ]);
      });

      test('are open: waited for, or to be canceled', async () => {
        const stores = await open();
        const finished = after(running('trg_1', pipelineId, start), read('failed'));
        const canceling: Trigger = {
          ...after(running('trg_2', pipelineId, start), read('failed')),
          cancel: { progress: 'wanted', reason: null },
        };
        await keep(stores, finished, canceling);
        expect(idsOf(await stores.triggers.findConcerned(pipelineId, finished.id))).toEqual(['trg_2']);
      });
    });

    describe('the triggers of an upstream pipeline', () => {
      const upstream = { project: 'group/parent', pipelineId: 99 as PipelineId, jobId: null };
      const reporting = (commitStatus: string, request: object = {}) => ({
        upstream,
        report: { gate: null, commitStatus },
        ...request,
      });

      test('are all of them, the newest first, finished or not', async () => {
        const stores = await open();
        const finished = after(
          { ...aRunning({ upstream }), id: 'trg_1' as TriggerId, createdAt: start },
          read('failed'),
        );
        await keep(stores, finished);
        await make(
          stores,
          aTrigger({ upstream }, { id: 'trg_2', at: start + 1 }),
          aTrigger({}, { id: 'trg_3' }),
        );
        expect(idsOf(await stores.triggers.findByUpstream(upstream.pipelineId))).toEqual(['trg_2', 'trg_1']);
      });

      test('post under one name only where they are the same work', async () => {
        const { triggers } = await open();
        const create = (id: string, request: object) =>
          triggers.create(aTrigger(request, { id }), noSecrets, null);
        expect(await create('trg_1', reporting('app'))).toEqual({ created: true });
        expect(await create('trg_2', reporting('app', { ref: 'v2' }))).toEqual({
          created: 'taken',
          by: 'trg_1',
        });
        expect(await triggers.find('trg_2' as TriggerId)).toBeUndefined();
        expect(await create('trg_3', reporting('app'))).toEqual({ created: true });
        expect(await create('trg_4', reporting('web', { ref: 'v2' }))).toEqual({ created: true });
      });
    });

    describe('the quiet triggers', () => {
      const quietSince = (id: string, observedAt: number): Trigger => ({
        ...aTrigger({}, { id, at: start }),
        observedAt,
      });

      test('are those without payload since then, the longest quiet first, as many as asked for', async () => {
        const stores = await open();
        await keep(
          stores,
          quietSince('trg_3', start + 3),
          quietSince('trg_1', start + 1),
          quietSince('trg_4', start + 4),
          quietSince('trg_2', start + 2),
        );
        const { triggers } = stores;
        expect(idsOf(await triggers.findQuietTriggers(start + 3, 10))).toEqual(['trg_1', 'trg_2', 'trg_3']);
        expect(idsOf(await triggers.findQuietTriggers(start + 3, 2))).toEqual(['trg_1', 'trg_2']);
        expect(await triggers.findQuietTriggers(start, 10)).toEqual([]);
        expect(await triggers.findQuietTriggers(start + 9, Number.MAX_SAFE_INTEGER)).toHaveLength(4);
        const versions = await triggers.quietVersions(start + 3);
        expect(versions.map(({ id }) => id)).toEqual(['trg_1', 'trg_2', 'trg_3']);
        for (const { id, version } of versions) expect((await triggers.find(id))?.version).toBe(version);
        expect(await triggers.quietVersions(start)).toEqual([]);
      });

      test('are open: waited for, or to be canceled', async () => {
        const stores = await open();
        const finished = after(aRunning(), read('failed'));
        const canceling: Trigger = {
          ...finished,
          id: 'trg_2' as TriggerId,
          cancel: { progress: 'wanted', reason: null },
        };
        await keep(stores, finished, canceling);
        expect(idsOf(await stores.triggers.findQuietTriggers(start, 10))).toEqual(['trg_2']);
        const stillOpen = await stores.triggers.quietVersions(start);
        expect(stillOpen.map(({ id }) => id)).toEqual(['trg_2']);
      });
    });

    test('that wait are counted, with a pipeline and without', async () => {
      const stores = await open();
      const finished: Trigger = {
        ...after(aRunning(), read('failed')),
        id: 'trg_4' as TriggerId,
        cancel: { progress: 'wanted', reason: null },
      };
      await keep(stores, aTrigger({}, { id: 'trg_1' }), aTrigger({}, { id: 'trg_2' }));
      await keep(stores, { ...aRunning(), id: 'trg_3' as TriggerId }, finished);
      expect(await stores.triggers.countPending()).toEqual({ requested: 2, running: 1 });
    });

    test('past their deadline are those that wait, the most overdue first, as many as asked for', async () => {
      const stores = await open();
      const due = (id: string, deadlineAt: number): Trigger => ({ ...aTrigger({}, { id }), deadlineAt });
      const finished = after(aRunning({}, { deadlineAt: start }), read('failed'));
      const canceling: Trigger = {
        ...finished,
        id: 'trg_5' as TriggerId,
        cancel: { progress: 'wanted', reason: null },
      };
      await keep(
        stores,
        due('trg_4', start + 4),
        due('trg_2', start + 2),
        due('trg_3', start + 3),
        finished,
        canceling,
      );
      const { triggers } = stores;
      expect(idsOf(await triggers.findPastDeadline(start + 3, 10))).toEqual(['trg_2', 'trg_3']);
      expect(idsOf(await triggers.findPastDeadline(start + 3, 1))).toEqual(['trg_2']);
    });

    describe('a list of triggers', () => {
      const finished = after(
        { ...aRunning(), ...aTrigger({}, { id: 'trg_f' }), state: aRunning().state },
        read('failed'),
      );

      test('is newest first, page by page, each trigger once', async () => {
        const stores = await open();
        const made = [3, 1, 4, 1, 5, 9, 2, 6].map((at, index) =>
          aTrigger({}, { id: `trg_${index}`, at: start + at }),
        );
        await make(stores, ...made);
        const pages = await allPages((cursor) => stores.triggers.list({ ...everything, limit: 3, cursor }));
        expect(pages.map(idsOf)).toEqual([
          ['trg_5', 'trg_7', 'trg_4'],
          ['trg_2', 'trg_0', 'trg_6'],
          ['trg_3', 'trg_1'],
        ]);
      });

      test('ends with a full page where there are no more', async () => {
        const stores = await open();
        await make(stores, aTrigger({}, { id: 'trg_1' }), aTrigger({}, { id: 'trg_2' }));
        await stores.inbox.add(aDelivery('dlv_1'));
        const page = await stores.triggers.list({ ...everything, limit: 2 });
        expect([page.items.length, page.nextCursor]).toEqual([2, null]);
        expect((await stores.inbox.list({ limit: 1, cursor: null, unmatched: false })).nextCursor).toBeNull();
      });

      test('goes on where it was, whatever is made meanwhile', async () => {
        const stores = await open();
        await make(stores, ...[1, 2, 3].map((at) => aTrigger({}, { id: `trg_${at}`, at: start + at })));
        const first = await stores.triggers.list({ ...everything, limit: 2 });
        await make(stores, aTrigger({}, { id: 'trg_new', at: start + 9 }));
        const second = await stores.triggers.list({ ...everything, limit: 2, cursor: first.nextCursor });
        expect([idsOf(first.items), idsOf(second.items), second.nextCursor]).toEqual([
          ['trg_3', 'trg_2'],
          ['trg_1'],
          null,
        ]);
      });

      test.each<[string, Partial<TriggerQuery>, readonly string[]]>([
        ['all', {}, ['trg_f', 'trg_d', 'trg_c', 'trg_b', 'trg_a']],
        ['pending', { state: 'pending' }, ['trg_d', 'trg_c', 'trg_b', 'trg_a']],
        ['finished', { state: 'finished' }, ['trg_f']],
        ['of a caller', { caller: 'ci' }, ['trg_f', 'trg_c', 'trg_b', 'trg_a']],
        ['of a project', { project: 'group/other' }, ['trg_b']],
        ['of ids that begin so', { idPrefix: 'trg_c' }, ['trg_c']],
        ['of ids that begin as none does', { idPrefix: 'trg_cc' }, []],
        ['of a ref', { ref: 'feature/slash' }, ['trg_c']],
        [
          'of a project and a ref',
          { project: 'group/app', ref: 'main', state: 'pending', caller: 'ci' },
          ['trg_a'],
        ],
        ['of nobody', { caller: 'nobody' }, []],
      ])('%s', async (_what, query, expected) => {
        const stores = await open();
        await make(
          stores,
          aTrigger({}, { id: 'trg_a' }),
          aTrigger({ project: 'group/other' }, { id: 'trg_b' }),
          aTrigger({ ref: 'feature/slash' }, { id: 'trg_c' }),
          aTrigger({}, { id: 'trg_d', caller: 'other' }),
        );
        await keep(stores, finished);
        expect(idsOf((await stores.triggers.list({ ...everything, limit: 9, ...query })).items)).toEqual(
          expected,
        );
      });

      test.each(['nonsense', '!!', Buffer.from('1 ').toString('base64url')])(
        'refuses a cursor that it did not give: %s',
        async (cursor) => {
          const { triggers, inbox } = await open();
          const invalid = expect.objectContaining({ code: 'invalid' }) as Error;
          await expect(triggers.list({ ...everything, limit: 2, cursor })).rejects.toEqual(invalid);
          await expect(inbox.list({ limit: 2, cursor, unmatched: false })).rejects.toEqual(invalid);
        },
      );
    });

    describe('the timeline of a trigger', () => {
      test('begins with it', async () => {
        const { triggers } = await open();
        await triggers.create(aTrigger(), noSecrets, null);
        const [line, ...others] = await triggers.timeline(aTrigger().id, 0);
        expect([line?.at, line?.entry, others]).toEqual([start, { type: 'state', state: 'pending' }, []]);
      });

      test('tells each commit in order, its own lines only, from any of them on', async () => {
        const stores = await open();
        const { triggers } = stores;
        await make(stores, aTrigger(), aTrigger({}, { id: 'trg_2' }));
        const running = aRunning({}, { updatedAt: start + 7, jobs: [aJob('unit', 'running')] });
        const failed = after(running, { ...read('failed', [aJob('unit', 'failed')]), at: start + 9 });
        await triggers.commit(running, 1, changesBetween(aTrigger(), running));
        await triggers.commit({ ...aRunning(), id: 'trg_2' as TriggerId }, 1, [
          { type: 'state', state: 'pending' },
        ]);
        await triggers.commit(failed, 2, changesBetween(running, failed));
        const lines = await triggers.timeline(running.id, 0);
        expect(lines.map(({ entry, at }) => [at - start, entry.type])).toEqual([
          [0, 'state'],
          [7, 'status'],
          [7, 'job'],
          [9, 'status'],
          [9, 'job'],
          [9, 'state'],
          [9, 'outcome'],
        ]);
        const sequences = lines.map(({ sequence }) => sequence);
        expect(sequences).toEqual([...new Set(sequences)].toSorted((one, other) => one - other));
        expect(await triggers.timeline(running.id, sequences[3] ?? 0)).toEqual(lines.slice(4));
        expect(await triggers.timeline(running.id, sequences.at(-1) ?? 0)).toEqual([]);
        expect(await triggers.timeline(running.id, sequences[0] ?? 0, 2)).toEqual(lines.slice(1, 3));
      });
    });

    describe('the triggers that have changed', () => {
      const entry = (status: string) =>
        ({ type: 'job', id: 1, name: 'unit', stage: 'test', status }) as const;
      const a = aTrigger({}, { id: 'trg_1' });
      const b = aTrigger({}, { id: 'trg_2' });

      test('are none in an empty store, also after a line that it does not have', async () => {
        const { triggers } = await open();
        expect(await triggers.lastSequence()).toBe(0);
        for (const sequence of [0, 7])
          expect(await triggers.changedAfter(sequence)).toEqual({
            changes: [],
            reached: sequence,
            isMore: false,
          });
      });

      test('are named once each, in the order of their newest lines, after any line', async () => {
        const stores = await open();
        const { triggers } = stores;
        await make(stores, a, b);
        const begun = await triggers.lastSequence();
        expect((await triggers.changedAfter(0)).changes.map(({ id }) => id)).toEqual(['trg_1', 'trg_2']);
        await triggers.commit(a, 1, [entry('pending'), entry('running')]);
        await triggers.commit(b, 1, [entry('pending')]);
        await triggers.commit(a, 2, [entry('success')]);
        const newest = await triggers.lastSequence();
        expect(newest).toBeGreaterThan(begun);
        const { changes, reached, isMore } = await triggers.changedAfter(begun);
        expect(changes.map(({ id }) => id)).toEqual(['trg_2', 'trg_1']);
        expect([changes.at(-1)?.sequence, reached, isMore]).toEqual([newest, newest, false]);
        const between = changes[0]?.sequence ?? 0;
        expect(await triggers.changedAfter(between)).toEqual({
          changes: changes.slice(1),
          reached: newest,
          isMore: false,
        });
        expect(await triggers.changedAfter(newest)).toEqual({ changes: [], reached: newest, isMore: false });
      });

      test('are not those of which something was noted', async () => {
        const stores = await open();
        const { triggers } = stores;
        await make(stores, a);
        const begun = await triggers.lastSequence();
        await triggers.commit(a, 1, [], [{ at: start, note: { type: 'start', lastError: 'away' } }]);
        const { changes, reached } = await triggers.changedAfter(begun);
        expect(changes).toEqual([]);
        expect(reached).toBe(await triggers.lastSequence());
        expect(reached).toBeGreaterThan(begun);
      });

      test('are all named in as many calls as it takes', async () => {
        const stores = await open();
        const { triggers } = stores;
        await make(stores, a, b);
        const many = Array.from({ length: 2_500 }, (_, index) => entry(`status ${index}`));
        await triggers.commit(a, 1, many);
        await triggers.commit(b, 1, [entry('running')]);
        const named: string[] = [];
        let after = 0;
        for (let isMore = true; isMore;) {
          const next = await triggers.changedAfter(after);
          named.push(...next.changes.map(({ id }) => id));
          expect(next.reached).toBeGreaterThanOrEqual(after);
          for (const { sequence } of next.changes) expect(sequence).toBeLessThanOrEqual(next.reached);
          ({ reached: after, isMore } = next);
        }
        expect(after).toBe(await triggers.lastSequence());
        expect(new Set(named)).toEqual(new Set(['trg_1', 'trg_2']));
        expect(named.at(-1)).toBe('trg_2');
      });
    });

    test('the play of a job is claimed once, by one trigger, in one GitLab', async () => {
      const stores = await open();
      await make(stores, aTrigger({}, { id: 'trg_1' }), aTrigger({}, { id: 'trg_2' }));
      const claim = (id: string, job = 7, url = 'https://gitlab.example.com') =>
        stores.triggers.claimPlay(url, job as JobId, id as TriggerId);
      expect(await claim('trg_1')).toBe('first');
      expect(await claim('trg_1')).toBe('again');
      expect(await claim('trg_2')).toBe('other');
      expect(await claim('trg_2', 8)).toBe('first');
      expect(await claim('trg_2', 7, 'https://other.example.com')).toBe('first');
      const many = await Promise.all(
        Array.from({ length: 10 }, (_, index) => claim(`trg_${(index % 2) + 1}`, 9)),
      );
      expect(many.filter((claimed) => claimed === 'first')).toHaveLength(1);
    });

    test('retries of failed jobs are claimed together, by one trigger, within the budget of their project', async () => {
      const { triggers } = await open();
      const claim = (id: string, jobIds: readonly number[], given: Partial<RetryClaim> = {}) =>
        triggers.claimRetries({
          gitlabUrl: 'https://gitlab.example.com',
          project: '1',
          triggerId: id as TriggerId,
          jobIds: jobIds as readonly JobId[],
          at: start,
          budget: 3,
          ...given,
        });
      expect(await claim('trg_1', [7, 8])).toEqual(new Set([7, 8]));
      // After a crash: nothing is counted twice.
      expect(await claim('trg_1', [7, 8])).toEqual(new Set([7, 8]));
      expect(await claim('trg_2', [8, 9])).toEqual(new Set([9]));
      expect(await claim('trg_2', [10])).toBe('spent');
      expect(await claim('trg_2', [10], { project: '2' })).toEqual(new Set([10]));
      expect(await claim('trg_2', [11], { gitlabUrl: 'https://other.example.com' })).toEqual(new Set([11]));
      expect(await claim('trg_2', [12], { at: start + 86_400_000 })).toEqual(new Set([12]));
      expect(await claim('trg_2', [13], { project: '3', budget: 0 })).toBe('spent');
      const many = await Promise.all(
        Array.from({ length: 10 }, (_, index) => claim('trg_3', [100 + index], { project: '4' })),
      );
      expect(many.filter((claimed) => claimed !== 'spent')).toHaveLength(3);
    });

    describe('the inbox', () => {
      test('keeps by which secret a delivery came', async () => {
        const { inbox } = await open();
        const own = { kind: 'project', origin: 'https://gitlab.example.com', isCurrent: true } as const;
        await inbox.add({ ...aDelivery('dlv_own'), credential: own });
        await inbox.add(aDelivery('dlv_shared'));
        const kept = await Promise.all(['dlv_own', 'dlv_shared'].map((id) => inbox.find(id as DeliveryId)));
        expect(kept.map((stored) => stored?.delivery.credential)).toEqual([own, { kind: 'shared' }]);
      });

      test('keeps a delivery as it came', async () => {
        const { inbox } = await open();
        const delivery = aDelivery('dlv_1', { at: start + 123 });
        expect(await inbox.add(delivery)).toBe('added');
        expect(await inbox.find(delivery.id)).toEqual({ delivery, result: 'accepted' });
        expect(await inbox.find('dlv_2' as DeliveryId)).toBeUndefined();
      });

      test('keeps what it ignores, without the body', async () => {
        const { inbox } = await open();
        await inbox.add(anIgnored('dlv_1'));
        expect(await inbox.find('dlv_1' as DeliveryId)).toEqual({
          delivery: anIgnored('dlv_1'),
          result: 'ignored',
        });
      });

      test('keeps what it could not read', async () => {
        const { inbox } = await open();
        const delivery: Delivery = {
          ...aDelivery('dlv_1'),
          payload: parsePayload('Pipeline Hook', { object_attributes: { id: 7 }, project: { id: 1 } }),
          body: '{"object_attributes":{"id":7},"project":{"id":1}}',
        };
        expect(delivery.payload).toMatchObject({ kind: 'unreadable', pipelineId: 7, projects: ['1'] });
        await inbox.add(delivery);
        expect(await inbox.find(delivery.id)).toEqual({ delivery, result: 'accepted' });
        expect(await inbox.ofPipeline(7 as PipelineId)).toEqual([delivery]);
      });

      test('keeps the first of what comes twice, a day later too', async () => {
        const { inbox } = await open();
        const first = aDelivery('dlv_1');
        expect(await inbox.add(first)).toBe('added');
        expect(await inbox.add({ ...first, receivedAt: start + 86_400_000 })).toBe('duplicate');
        expect((await inbox.find(first.id))?.delivery.receivedAt).toBe(start);
      });

      test('keeps one of several copies of a delivery that arrive concurrently', async () => {
        const { inbox } = await open();
        const deliveries = ['dlv_1', 'dlv_2', 'dlv_1', 'dlv_3', 'dlv_1', 'dlv_2'].map((id) => aDelivery(id));
        const results = await Promise.all(deliveries.map((delivery) => inbox.add(delivery)));
        expect(results).toEqual(['added', 'added', 'duplicate', 'added', 'duplicate', 'duplicate']);
        expect((await inbox.list({ limit: 9, cursor: null, unmatched: false })).items).toHaveLength(3);
      });

      test('says which pipelines have started that of a delivery', async () => {
        const { inbox } = await open();
        await inbox.add(aDelivery('dlv_1', { pipeline: 21, upstream: 7 }));
        await inbox.add(aDelivery('dlv_2', { pipeline: 22, upstream: 7 }));
        await inbox.add(aDelivery('dlv_3', { pipeline: 9 }));
        expect(await inbox.parentsAmong([7, 8, 9, 21] as PipelineId[])).toEqual([7]);
        expect(await inbox.parentsAmong([])).toEqual([]);
      });

      test('gives the deliveries of a pipeline in the order they came', async () => {
        const { inbox } = await open();
        const [first, second, third] = [1, 2, 3].map((at) => aDelivery(`dlv_${9 - at}`, { at: start + at }));
        if (first === undefined || second === undefined || third === undefined) throw new Error('three');
        for (const delivery of [
          third,
          first,
          aDelivery('dlv_x', { pipeline: 7 }),
          anIgnored('dlv_y'),
          second,
        ])
          await inbox.add(delivery);
        expect(await inbox.ofPipeline(pipelineId)).toEqual([first, second, third]);
        expect(await inbox.ofPipeline(pipelineId, 2)).toEqual([second, third]);
        expect(await inbox.ofPipeline(8 as PipelineId)).toEqual([]);
      });

      test.each([false, true])(
        'is listed newest first, page by page, each delivery once (unmatched: %s)',
        async (unmatched) => {
          const { inbox } = await open();
          for (const [index, at] of [3, 1, 4, 1, 5].entries())
            await inbox.add(aDelivery(`dlv_${index}`, { at: start + at }));
          const pages = await allPages((cursor) => inbox.list({ limit: 2, cursor, unmatched }));
          expect(pages.map((page) => page.map(({ delivery }) => delivery.id))).toEqual([
            ['dlv_4', 'dlv_2'],
            ['dlv_0', 'dlv_3'],
            ['dlv_1'],
          ]);
        },
      );

      test('knows which deliveries are of no pipeline of ours', async () => {
        const stores = await open();
        await keep(stores, aRunning());
        await stores.inbox.add(aDelivery('dlv_ours', { at: start }));
        await stores.inbox.add(aDelivery('dlv_other', { at: start + 1, pipeline: 7 }));
        await stores.inbox.add({ ...anIgnored('dlv_ignored'), receivedAt: start + 2 });
        const unmatched = await stores.inbox.list({ limit: 9, cursor: null, unmatched: true });
        expect(unmatched.items.map(({ delivery }) => delivery.id)).toEqual(['dlv_ignored', 'dlv_other']);
      });

      test.each([
        [false, 'dlv_o', ['dlv_other', 'dlv_ours']],
        [true, 'dlv_o', ['dlv_other']],
        [false, 'dlv_x', []],
      ])('knows those whose ids begin so (unmatched: %s, %s)', async (unmatched, idPrefix, expected) => {
        const stores = await open();
        await keep(stores, aRunning());
        await stores.inbox.add(aDelivery('dlv_ours', { at: start }));
        await stores.inbox.add(aDelivery('dlv_other', { at: start + 1, pipeline: 7 }));
        await stores.inbox.add({ ...anIgnored('dlv_ignored'), receivedAt: start + 2 });
        const { items } = await stores.inbox.list({ limit: 9, cursor: null, unmatched, idPrefix });
        expect(items.map(({ delivery }) => delivery.id)).toEqual(expected);
      });
    });

    test('ids beyond 32 bits are ids like others', async () => {
      const stores = await open();
      const big = 9_007_199_254_740_991;
      const running = {
        ...aRunning(),
        state: { ...aRunning().state, pipeline: { ...aRunning().state.pipeline, id: big as PipelineId } },
      };
      await keep(stores, running);
      await stores.inbox.add(aDelivery('dlv_1', { pipeline: big }));
      expect(idsOf(await stores.triggers.findConcerned(big as PipelineId, null))).toEqual([running.id]);
      expect(await stores.inbox.ofPipeline(big as PipelineId)).toMatchObject([
        { payload: { pipeline: { id: big } } },
      ]);
      expect(await stores.triggers.claimPlay('https://gitlab.example.com', big as JobId, running.id)).toBe(
        'first',
      );
      expect(await stores.triggers.claimPlay('https://gitlab.example.com', big as JobId, running.id)).toBe(
        'again',
      );
    });
  });
}

const everything = { state: 'all', caller: null, project: null, ref: null, cursor: null } as const;
