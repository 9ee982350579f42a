import { describe, expect, test } from 'vitest';
import type { DeliveryId } from '../../../src/domain/ids.ts';
import { badGateway } from '../../fakes/failures.ts';
import { failing } from '../../fakes/intercept.ts';
import { app, payloadOf, quietMs, startHooks } from './start-hooks.ts';

/** Long enough for the first hook of a pipeline, and for a look. */
const soon = quietMs / 2;
const hour = 3_600_000;

/** A watch that makes its rounds until the test ends. */
function begin(options: Parameters<typeof startHooks>[0] = {}) {
  const world = startHooks(options);
  const stopping = new AbortController();
  void world.watch.run(stopping.signal);
  return world;
}

const stateOf = ({ watch }: ReturnType<typeof begin>, project = app): unknown =>
  watch.hookHealthOf(project)?.state;

describe('a pending trigger', () => {
  test('whose project has no hook is detected, and logged once', async () => {
    const world = begin();
    await world.wait();
    await world.clock.advance(soon);
    expect(world.watch.projectsWithoutHook()).toMatchObject([
      { project: app, state: 'unhealthy', triggers: 1, findings: [{ code: 'missing' }] },
    ]);
    await world.clock.advance(hour);
    const logged = world.messages().filter((message) => message.includes('no healthy hook'));
    expect(logged).toHaveLength(1);
  });

  test('whose hook arrives proves it, without anybody asking GitLab', async () => {
    const world = begin();
    await world.wait();
    world.record();
    for (let minute = 0; minute < 60; minute += 1) {
      await world.clock.advance(60_000);
      world.record();
    }
    expect(stateOf(world)).toBe('healthy');
    expect(world.reads()).toBe(0);
  });

  test('whose hook is good but has nothing to tell is looked at more and more rarely', async () => {
    const world = begin();
    await world.install();
    const before = world.reads();
    await world.wait();
    await world.clock.advance(4 * hour);
    expect(stateOf(world)).toBe('healthy');
    // One for the hooks, and one for failed deliveries as nothing was arrived.
    expect(world.reads() - before).toBeLessThanOrEqual(2 * 8);
    expect(world.reads() - before).toBeGreaterThanOrEqual(4);
  });

  test('whose hook GitLab pauses meanwhile is noticed, and that it works again', async () => {
    const world = begin();
    const id = await world.install();
    await world.wait();
    world.record();
    await world.clock.advance(quietMs);
    const disabledUntil = world.clock.now() + hour;
    world.gitlab.set(id, { status: 'temporarily_disabled', disabledUntil });
    await world.clock.advance(6 * quietMs);
    expect(world.watch.projectsWithoutHook()).toMatchObject([
      { findings: [{ code: 'temporarily_disabled' }] },
    ]);
    world.record();
    expect(stateOf(world)).toBe('healthy');
    expect(world.messages()).toContain('webhooks are arriving again');
  });

  test('whose hook fails is noticed also where GitLab does not pause hooks', async () => {
    const world = begin();
    const id = await world.install();
    await world.wait();
    world.gitlab.fail(id, 'dlv_1' as DeliveryId, payloadOf(101));
    await world.clock.advance(soon);
    expect(world.watch.projectsWithoutHook()).toMatchObject([{ findings: [{ code: 'deliveries_missed' }] }]);
  });

  test('that has ended does not count', async () => {
    const world = begin();
    const id = await world.wait();
    await world.clock.advance(soon);
    await world.end(id);
    await world.clock.advance(soon);
    expect(world.watch.health()).toEqual([]);
    expect(world.watch.hookHealthOf(app)).toBeNull();
  });
});

describe('nobody can tell', () => {
  test('without a token', async () => {
    const world = begin({ hasToken: false });
    await world.wait();
    await world.clock.advance(soon);
    expect(stateOf(world)).toBe('unknown');
    expect(world.watch.projectsWithoutHook()).toEqual([]);
    world.record();
    expect(stateOf(world)).toBe('healthy');
  });

  test('without the rights to see hooks, and nobody keeps asking', async () => {
    const world = begin({ mayRead: false });
    await world.wait();
    await world.clock.advance(hour - quietMs);
    expect(stateOf(world)).toBe('unknown');
    expect(world.reads()).toBe(1);
  });

  test('while GitLab does not answer', async () => {
    const world = begin();
    await world.wait();
    world.gitlab.next('hooksOf', failing(badGateway()));
    await world.clock.advance(soon);
    expect(stateOf(world)).toBe('unknown');
    await world.clock.advance(6 * quietMs);
    expect(stateOf(world)).toBe('unhealthy');
  });
});

test('many silent projects are no burst of questions', async () => {
  const projects = Array.from({ length: 40 }, (_, index) => `many/app-${index}`);
  const world = begin({ projects });
  for (const [index, project] of projects.entries()) await world.wait(project, 200 + index);
  await world.clock.advance(soon);
  // Five projects: their hooks, and those of their group.
  expect(world.reads()).toBe(10);
  await world.clock.advance(10 * quietMs);
  expect(world.watch.projectsWithoutHook()).toHaveLength(40);
});

describe('without PUBLIC_URL', () => {
  test('a hook that calls a receiver like ours is taken for ours', async () => {
    const world = begin({ hasPublicUrl: false });
    const id = await world.install();
    await world.wait();
    await world.clock.advance(soon);
    expect(stateOf(world)).toBe('healthy');
    world.gitlab.set(id, { status: 'disabled' });
    await world.clock.advance(hour);
    expect(stateOf(world)).toBe('unhealthy');
  });

  test('other hooks tell nothing, no hook at all tells enough', async () => {
    const world = begin({ hasPublicUrl: false });
    await world.wait();
    await world.clock.advance(soon);
    expect(world.watch.projectsWithoutHook()).toMatchObject([
      { findings: [{ code: 'missing', text: 'there is no hook' }] },
    ]);
    const other = begin({ hasPublicUrl: false });
    const id = await other.install();
    other.gitlab.set(id, { url: 'https://chat.example.com/hook' });
    await other.wait();
    await other.clock.advance(soon);
    expect(stateOf(other)).toBe('unknown');
  });
});
