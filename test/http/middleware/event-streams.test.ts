import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { AppError } from '../../../src/domain/error.ts';
import { createEventStreams } from '../../../src/http/middleware/event-streams.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import { someClaims } from '../../fakes/claims.ts';
import { jobCaller } from '../../../src/domain/access/caller.ts';

const key = (id: string, more: Partial<Caller> = {}): Caller => ({
  id,
  role: 'trigger',
  projects: null,
  ...more,
});
const allowed = () => Promise.resolve();

function begin(limit = 2) {
  const clock = createFakeClock();
  const streams = createEventStreams({ clock, limit });
  /** Opens a stream that goes on until it is ended. */
  function open(caller: Caller, recheck: () => Promise<unknown> = allowed) {
    const client = new AbortController();
    let isOpen = false;
    const ended = streams.run({ caller, recheck, over: client.signal }, async (over) => {
      isOpen = true;
      await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve()));
      isOpen = false;
    });
    ended.catch(() => undefined);
    return { ended, isOpen: () => isOpen, hangUp: () => client.abort() };
  }
  return { clock, open };
}

describe('the limit of open streams', () => {
  test('is one for each key name; the next stream is 429 with Retry-After 30, and open again after an end', async () => {
    const { open } = begin();
    const [first] = [open(key('ci')), open(key('ci'))];
    await expect(open(key('ci')).ended).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterSeconds: 30,
    });
    expect(open(key('other')).isOpen()).toBe(true);
    first.hangUp();
    await first.ended;
    expect(open(key('ci')).isOpen()).toBe(true);
    await expect(open(key('ci')).ended).rejects.toMatchObject({ code: 'too_many_requests' });
  });

  test('is one for all jobs of a project, whatever their refs are, and another one for the next project', async () => {
    const { open } = begin();
    const jobOf = (projectId: number, refProtected: boolean): Caller =>
      jobCaller(someClaims({ projectId, refProtected }));
    open(jobOf(7, true));
    open(jobOf(7, false));
    await expect(open(jobOf(7, true)).ended).rejects.toMatchObject({ code: 'too_many_requests' });
    expect(open(jobOf(8, true)).isOpen()).toBe(true);
  });

  test('is none for admins', () => {
    const { open } = begin(1);
    const admin = key('admin', { role: 'admin' });
    expect([1, 2, 3].map(() => open(admin).isOpen())).toEqual([true, true, true]);
  });

  test('counts a stream that failed as ended', async () => {
    const { clock } = begin();
    const streams = createEventStreams({ clock, limit: 1 });
    const request = { caller: key('ci'), recheck: allowed, over: new AbortController().signal };
    for (const _time of [1, 2])
      await expect(streams.run(request, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(clock.sleeping()).toEqual([]);
  });
});

describe('the right to a stream', () => {
  const refusing = (code: 'unauthorized' | 'forbidden' | 'storage_unavailable' | 'too_many_requests') => () =>
    Promise.reject(new AppError(code, 'no'));

  test.each(['unauthorized', 'forbidden'] as const)('that is %s ends it within 15 s', async (code) => {
    const { clock, open } = begin();
    const stream = open(key('ci'), refusing(code));
    await clock.advance(15_000);
    await stream.ended;
    expect(stream.isOpen()).toBe(false);
  });

  test.each(['storage_unavailable', 'too_many_requests'] as const)(
    'that cannot be checked (%s) is left until it can',
    async (code) => {
      const { clock, open } = begin();
      const stream = open(key('ci'), refusing(code));
      await clock.advance(60_000);
      expect(stream.isOpen()).toBe(true);
    },
  );

  test('ends with its token, to the second, also while nothing can be checked', async () => {
    const { clock, open } = begin();
    const caller = key('ci', { expiresAt: clock.now() + 4_000 });
    const stream = open(caller, refusing('storage_unavailable'));
    await clock.advance(3_999);
    expect(stream.isOpen()).toBe(true);
    await clock.advance(1);
    expect(stream.isOpen()).toBe(false);
  });

  test('is not asked for any more once the stream has ended', async () => {
    const { clock, open } = begin();
    let asked = 0;
    const stream = open(key('ci'), () => Promise.resolve((asked += 1)));
    await clock.advance(10_000);
    expect(asked).toBe(1);
    stream.hangUp();
    await stream.ended;
    await settled();
    expect(clock.sleeping()).toEqual([]);
  });
});
