import type { HookSettings } from '../scenario.ts';
import type { Project } from '../world/project.ts';
import type { World } from '../world/world.ts';
import type { Hook, HookEvent } from './hook.ts';
import type { EventKind } from './headers.ts';

/** What makes hooks fire by itself. */
export type HookKind = 'pipeline_events' | 'job_events';

/** Whose a hook is. */
export type HookOwner = Pick<Hook, 'projectId' | 'groupPath'>;

/** All hooks of the instance, and the ways to make them fire. */
export type HookRegistry = {
  readonly hooks: Map<number, Hook>;
  readonly add: (owner: HookOwner, settings: HookSettings) => Hook;
  /** Sends a sample delivery for a project. Undefined: there is nothing to make one of. */
  readonly test: (hook: Hook, project: Project, kind: EventKind) => Promise<HookEvent | undefined>;
  readonly resend: (hook: Hook, event: HookEvent) => Promise<HookEvent>;
};

/** The hooks of one project, by ascending id. */
export function hooksOf(book: Pick<HookRegistry, 'hooks'>, projectId: number): Hook[] {
  return [...book.hooks.values()].filter((hook) => hook.projectId === projectId);
}

/** The hooks of one group, by ascending id. */
export function hooksOfGroup(book: Pick<HookRegistry, 'hooks'>, path: string): Hook[] {
  return [...book.hooks.values()].filter(({ groupPath }) => groupPath === path);
}

/** The hooks that fire for a project: its own, and those of the groups it lies in. */
export function hooksFiredBy(book: Pick<HookRegistry, 'hooks'>, { scenario: { id, path } }: Project): Hook[] {
  return [...book.hooks.values()].filter(
    ({ projectId, groupPath }) =>
      projectId === id || (groupPath !== null && path.startsWith(`${groupPath}/`)),
  );
}

/** Makes a hook and keeps it. */
export function addHook(
  world: World,
  hooks: Map<number, Hook>,
  owner: HookOwner,
  settings: HookSettings,
): Hook {
  const hook: Hook = {
    id: world.nextId('hook'),
    ...owner,
    createdAt: world.around.now(),
    settings,
    recentFailures: 0,
    disabledUntil: null,
    events: [],
  };
  hooks.set(hook.id, hook);
  return hook;
}
