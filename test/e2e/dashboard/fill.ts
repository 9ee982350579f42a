import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { openWorld } from './world.ts';

type World = Awaited<ReturnType<typeof openWorld>>;

const operator = { id: 'operator@cli', from: 'test' };

/** Triggers in every state. @returns the paths of some of their pages */
async function fillTriggers(world: World): Promise<readonly string[]> {
  const { simulator } = world;
  for (const project of ['group/app', 'group/evil', 'group/many']) {
    const { id } = await world.trigger({ project, ref: 'main' });
    await world.pipelineOf(id);
  }
  // One piece of news that GitLab cannot bring, and remembers.
  simulator.faults.hooks.push({
    kind: 'fail',
    match: { event: 'Pipeline Hook', status: 'running' },
    times: 1,
  });
  const failed = await world.trigger({ project: 'group/failing', ref: 'main' });
  const held = await world.trigger({ project: 'group/manual', ref: 'main' });
  const resolved = await world.trigger({ project: 'group/app', ref: 'main' });
  const many = await world.trigger({ project: 'group/many', ref: 'main' });
  const odd = await world.trigger({ project: 'group/evil', ref: 'main' });
  const refused = await world.trigger({ project: 'group/none', ref: 'main' });
  const body = { outcome: 'success', reason: 'deployed by hand' };
  await world.call('POST', `/v1/triggers/${resolved.id}/resolve`, { body });
  const ended = [failed, held, resolved, refused];
  for (const { id } of ended) await world.finished(id);
  await eventually(() => expect(simulator.deliveries.some(({ fault }) => fault === 'fail')).toBe(true));
  return [...ended, many, odd].map(({ id }) => `/triggers/${id}`);
}

/** Each page of an admin, with as much on it as there can be, and each that says that there is nothing. */
export async function fill(world: World): Promise<readonly string[]> {
  const triggers = await fillTriggers(world);
  const { keys, store } = world.service;
  await keys.create({ name: 'ci', role: 'trigger', projects: ['group/*'], days: 30 }, operator);
  const { key } = await keys.create({ name: 'gone', role: 'read', projects: null, days: null }, operator);
  await keys.revoke(key.id, operator);
  await world.findHooksUnhealthy();
  const inbox = await store.inbox.list({ limit: 1, cursor: null, unmatched: false });
  return [
    ...['/', '/?state=all', '/?project=none', '/?cursor=x', ...triggers, '/triggers/none'],
    ...['/deliveries', `/deliveries/${inbox.items[0]?.delivery.id}`, '/deliveries/none'],
    ...['/hooks', '/hooks?project=group/app', '/hooks?project=group/none'],
    `/hooks?project=group/failing&url=${encodeURIComponent(world.url)}`,
    ...['/keys', '/audit', '/audit?actor=nobody', '/statistics'],
  ];
}

/** A key that sees nothing: of a caller who has triggered nothing. */
export async function outsidersKey({ service }: World): Promise<string> {
  const order = { name: 'outsider', role: 'trigger', projects: null, days: null } as const;
  return (await service.keys.create(order, operator)).secret;
}
