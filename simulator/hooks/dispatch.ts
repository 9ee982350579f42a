import type { HookFault } from '../faults/fault-plan.ts';
import { findProject } from '../world/find.ts';
import type { World } from '../world/world.ts';
import { attempt } from './deliver.ts';
import type { DeliveryParts } from './deliver.ts';
import { eventName } from './headers.ts';
import type { Parcel } from './headers.ts';
import { alertStatus } from './hook.ts';
import type { Hook } from './hook.ts';

export type Dispatch = (hook: Hook, pack: () => Parcel, status: string) => void;

/** How long a delivery waits for the next one to overtake it, unless the fault says otherwise. */
const defaultHoldMs = 500;

/** How often it is looked whether the time of a resend has come: a test may move the simulated clock. */
const lookMs = 50;

/**
 * Builds a parcel and sends it, unless the hook is disabled: then the event is lost, as in GitLab.
 * The faults of the plan strike here. Returns immediately; deliveries run concurrently.
 */
export function createDispatch(parts: DeliveryParts): Dispatch {
  const { world } = parts.site;
  const held = new Map<number, (() => void)[]>();
  return function dispatch(hook, pack, status) {
    if (alertStatus(hook, world.around.now()) !== 'executable') return;
    const parcel = pack();
    const fault = chooseFault(parts, hook, parcel, status);
    const go = (): void => void attempt(parts, hook, parcel, fault);
    if (fault?.kind === 'drop') recordDropped(parts, hook, parcel);
    else if (fault?.kind === 'delay') world.after(fault.ms, go);
    else if (fault?.kind === 'reorder') {
      const once = onlyOnce(go);
      held.set(hook.id, [...(held.get(hook.id) ?? []), once]);
      world.after(fault.ms ?? defaultHoldMs, once);
    } else {
      go();
      if (fault?.kind === 'duplicate') go();
      if (fault?.kind === 'resend') atTime(world, world.around.now() + fault.ms, go);
      for (const release of held.get(hook.id)?.splice(0) ?? []) release();
    }
  };
}

function chooseFault(
  { site, faults, choose }: DeliveryParts,
  hook: Hook,
  { kind }: Parcel,
  status: string,
): HookFault | undefined {
  return choose(faults.hooks, ({ match = {} }) => {
    if (match.event !== undefined && match.event !== eventName(kind)) return false;
    if (match.status !== undefined && match.status !== status) return false;
    if (match.project === undefined) return true;
    return findProject(site.world, match.project)?.scenario.id === hook.projectId;
  });
}

function atTime(world: World, time: number, then: () => void): void {
  const leftMs = time - world.around.now();
  if (leftMs <= 0) then();
  else world.after(Math.min(leftMs, lookMs), () => atTime(world, time, then));
}

function recordDropped({ record }: DeliveryParts, hook: Hook, { kind, key, body }: Parcel): void {
  const at = performance.now();
  record({ at, hookId: hook.id, event: eventName(kind), key, body, status: 'dropped', fault: 'drop' });
}

function onlyOnce(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
