import { hookProblemOf } from '../../app/diagnostics/diagnostics.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { PresenceGroup } from '../../app/diagnostics/presence.ts';
import type { Clock, RunStatistics, TriggerStore } from '../../app/ports/index.ts';
import type { Approvals } from '../../app/triggers/decide-approval.ts';
import { findVisible } from '../../app/triggers/visible-triggers.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import { maySteer } from '../../domain/access/caller.ts';
import type { TriggerId } from '../../domain/ids.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import { textQuery } from './fields.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { PageContent } from './layout.ts';
import { fitting } from './layout.ts';
import { triggerApprovals } from './trigger-approvals.ts';
import { triggerActions } from './trigger-actions.ts';
import { triggerHistory } from './trigger-history.ts';
import { triggerChildren } from './trigger-children.ts';
import { triggerJobs } from './trigger-jobs.ts';
import { triggerRequest, triggerSummary } from './trigger-summary.ts';
import { card } from './parts.ts';
import { usualOf } from '../../domain/run-statistics.ts';
import { withQuery } from './table.ts';
import { hookMark, triggerWord } from './badges.ts';
import type { PageRequest } from './authenticate-page.ts';
import { timeAgo } from './time.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'wasPruned'>;
  readonly diagnostics: Pick<Diagnostics, 'presence' | 'showHistory' | 'hookHealthOf'>;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly approvals: Pick<Approvals, 'refusalFor'>;
  readonly statistics: Pick<RunStatistics, 'recentDurations'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Finds the trigger of the address. @throws AppError `not_found`, for another caller's as well; `pruned` */
export const findTrigger = (
  store: Pick<TriggerStore, 'find' | 'wasPruned'>,
  { request, caller }: PageRequest,
): Promise<Trigger> => findVisible(store, caller, String(request.params['id']) as TriggerId);

const hookFact = (trouble: string | null, project: string, mayOpen: boolean): Html | null =>
  trouble === null
    ? null
    : html`${hookMark(trouble)}
      ${mayOpen && html`<a href="${withQuery('/hooks', { project })}">Look at its hooks</a>`}`;

/** How much of a trigger is shown. */
interface Room {
  readonly mostJobs: number;
  readonly mostEntries: number;
  readonly withTraces: boolean;
}

/** From the most useful amount down to one that fits with names of any length. */
const rooms: readonly Room[] = [
  { mostJobs: 200, mostEntries: 1_000, withTraces: true },
  { mostJobs: 100, mostEntries: 100, withTraces: true },
  { mostJobs: 40, mostEntries: 40, withTraces: false },
  { mostJobs: 10, mostEntries: 10, withTraces: false },
  { mostJobs: 4, mostEntries: 10, withTraces: false },
];

/** A longer name takes no place in an address as well: a request may bring any. */
const longestLink = 300;

/** Where the page is: each step is a list of its own. */
function crumbs({ id, request: { project, ref }, state }: Trigger): Html {
  const pipeline = state.kind === 'requested' ? null : state.pipeline;
  const step = (name: string, filters: Readonly<Record<string, string>>): Html =>
    name.length > longestLink
      ? html`<li><bdi>${brief(name)}</bdi></li>`
      : html`<li>
          <a href="${withQuery('/', { state: 'all', ...filters })}"><bdi>${brief(name)}</bdi></a>
        </li>`;
  return html`<nav class="line" aria-label="Breadcrumb">
    <ol class="crumbs">
      <li><a href="/">Triggers</a></li>
      ${step(project, { project })} ${step(ref, { project, ref })}
      <li><span aria-current="page">${pipeline === null ? id : html`#${pipeline.id}`}</span></li>
    </ol>
    <span class="live" id="live" hidden></span>
  </nav>`;
}

/** `/triggers/{id}`: its state, why, and what can be done about it. */
export const triggerPage = ({ store, diagnostics, waiters, approvals, statistics, clock }: Deps) =>
  async function showTrigger(visit: PageRequest): Promise<PageContent> {
    const { caller, request } = visit;
    const trigger = await findTrigger(store, visit);
    const { id } = trigger;
    const isAdmin = caller.role === 'admin';
    const entries = await diagnostics.showHistory(trigger, { withAddresses: isAdmin });
    const now = clock.now();
    const isSteerable = maySteer(caller, trigger);
    const refusal = approvals.refusalFor(caller, trigger);
    const more = textQuery(request, 'timeline') === 'all' ? null : `/triggers/${id}?timeline=all#timeline`;
    const trouble = hookProblemOf(diagnostics.hookHealthOf, trigger);
    const hook = hookFact(trouble, trigger.request.project, isAdmin);
    const usual = usualOf(await statistics.recentDurations(trigger.request.project, trigger.request.ref));
    const presence = diagnostics.presence.of(id);
    const body = ({ mostJobs, mostEntries, withTraces }: Room): Html =>
      html`${crumbs(trigger)}
        <div class="sticky">
          ${triggerSummary(trigger, { usual, now })}
          ${isSteerable && triggerActions(trigger, { mayResolve: isAdmin, mostJobs })}
        </div>
        ${triggerApprovals(trigger, { refusal, now, most: mostJobs })}
        ${triggerJobs(trigger, { isSteerable, mostJobs, withTraces, now })}
        ${triggerChildren(trigger, { isSteerable, mostChildren: mostJobs, mostJobs, now })}
        <div class="split">
          <div>
            ${triggerHistory(entries, { from: trigger.createdAt, more, mayOpen: isAdmin, most: mostEntries })}
          </div>
          <div>
            ${triggerRequest(trigger, { waiters: waiters.count(id), hook, now })}
            ${!isFinished(trigger) && triggerWaiters(presence, { now, withAddresses: isAdmin })}
          </div>
        </div>`;
    const title = `${triggerWord(trigger)}: ${brief(trigger.request.project)} ${brief(trigger.request.ref)}`;
    return { title, body: fitting(rooms.map((room) => () => body(room))), live: `/triggers/${id}/live` };
  };

/** The most rows of thousands. */
const mostLines = 50;

/** The waiting callers of a trigger. Their addresses are for admins. */
function triggerWaiters(
  groups: readonly PresenceGroup[],
  { now, withAddresses }: { readonly now: number; readonly withAddresses: boolean },
): Html {
  const line = ({ caller, from, count, since }: PresenceGroup): Html =>
    html`<li>
      <bdi>${caller}</bdi> ${withAddresses && html`<span class="note">at ${from}</span>`}
      ${count > 1 && html`<span class="note">${count} requests</span>`}
      <span class="note">since ${timeAgo(since, now)}</span>
    </li>`;
  const nobody = html`<p class="note">
    No caller is waiting now. Callers that ask later get the outcome as well.
  </p>`;
  return card(
    { id: 'waiters', title: 'Waiting callers' },
    html`<div class="body">
      ${
        groups.length === 0
          ? nobody
          : html`<ul class="waiters">
                ${groups.slice(0, mostLines).map(line)}
              </ul>
              ${groups.length > mostLines && html`<p class="note">and ${groups.length - mostLines} more</p>`}`
      }
    </div>`,
  );
}
