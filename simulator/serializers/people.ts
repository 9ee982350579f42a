import type { World } from '../world/world.ts';

type Person = { readonly id: number; readonly name: string; readonly username: string };

/** A user by name; somebody who is in no scenario looks like GitLab's ghost user. */
export function personOf(world: World, username: string): Person {
  const index = world.scenario.users.findIndex((user) => user.username === username);
  const user = world.scenario.users[index];
  return { id: index + 1, name: user?.name ?? username, username };
}

/** A user as the API shows one. */
export function serializeUser(world: World, baseUrl: string, username: string): Record<string, unknown> {
  const { id, name } = personOf(world, username);
  const state = world.scenario.users.find((user) => user.username === username)?.state ?? 'active';
  return {
    id,
    username,
    public_email: null,
    name,
    state,
    locked: false,
    avatar_url: null,
    web_url: `${baseUrl}/${username}`,
  };
}

/** A user as hooks show one. */
export function serializeHookUser(world: World, username: string): Record<string, unknown> {
  const { id, name } = personOf(world, username);
  return { id, name, username, avatar_url: null, email: '[REDACTED]' };
}

/** The one runner of the simulator. */
export const runner = {
  id: 1,
  description: 'simulator',
  runner_type: 'instance_type',
  active: true,
  is_shared: true,
  tags: ['simulator'],
};
