import type { HookSettings } from '../scenario.ts';
import type { World } from '../world/world.ts';
import type { Hook, HookEvent } from './hook.ts';

export type HookKind = 'pipeline_events' | 'job_events';

/** All hooks of the instance, and the ways to make them fire. */
export type HookBook = {
  readonly hooks: Map<number, Hook>;
  readonly add: (projectId: number, settings: HookSettings) => Hook;
  /** Sends a sample delivery. Undefined: there is no pipeline to make one of. */
  readonly test: (hook: Hook, kind: HookKind) => Promise<HookEvent | undefined>;
  readonly resend: (hook: Hook, event: HookEvent) => Promise<HookEvent>;
};

/** The hooks of one project, by ascending id. */
export function hooksOf(book: Pick<HookBook, 'hooks'>, projectId: number): Hook[] {
  return [...book.hooks.values()].filter((hook) => hook.projectId === projectId);
}

/** Makes a hook and keeps it. */
export function addHook(
  world: World,
  hooks: Map<number, Hook>,
  projectId: number,
  settings: HookSettings,
): Hook {
  const hook: Hook = {
    id: world.nextId('hook'),
    projectId,
    createdAt: world.around.now(),
    settings,
    recentFailures: 0,
    disabledUntil: null,
    events: [],
  };
  hooks.set(hook.id, hook);
  return hook;
}
