import { hasUnreadBridges } from '../../domain/trigger/see-child.ts';
import type { Clock } from '../ports/index.ts';
import type { Performer } from './perform.ts';

/** A hundred child pipelines are made within seconds: those that come in this time are found by the same read. */
const gatherMs = 400;

interface Deps {
  readonly confirm: Performer;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/** Reads which pipelines a trigger's bridges have started, where hooks are of one that is not known. */
export const createReadChildren = ({ confirm, clock, signal }: Deps): Performer =>
  async function readChildren(trigger) {
    if (!hasUnreadBridges(trigger)) return;
    await clock.sleep(gatherMs, signal);
    if (!signal.aborted) await confirm(trigger, 'hook');
  };
