import type { Request } from 'express';
import type { VisibleQuery } from '../../app/triggers/visible-triggers.ts';
import type { Caller } from '../../domain/access/caller.ts';
import { maySee } from '../../domain/access/caller.ts';
import { stateOf } from '../../domain/trigger/timeline.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { choiceOf, textQuery } from './fields.ts';
import { withQuery } from './table.ts';

export type Filters = Pick<VisibleQuery, 'state' | 'project' | 'ref' | 'cursor'>;

const states = ['pending', 'finished', 'all'] as const;

/** The filters in an address. Wrong ones are ignored. */
export const filtersOf = (request: Request): Filters => ({
  state: choiceOf(textQuery(request, 'state'), states) ?? 'pending',
  project: textQuery(request, 'project'),
  ref: textQuery(request, 'ref'),
  cursor: textQuery(request, 'cursor'),
});

/** The shortest address with these filters. */
export const pathFor = (base: string, { state, project, ref, cursor }: Filters): string =>
  withQuery(base, { state: state === 'pending' ? null : state, project, ref, cursor });

/** Whether a trigger matches the filters, apart from its state. */
export const isAskedFor = (trigger: Trigger, caller: Caller, { project, ref }: Filters): boolean =>
  maySee(caller, trigger) &&
  (project === null || trigger.request.project === project) &&
  (ref === null || trigger.request.ref === ref);

/** Whether it belongs on a list of that state. */
export const isInState = (trigger: Trigger, { state }: Filters): boolean =>
  state === 'all' || stateOf(trigger) === state;
