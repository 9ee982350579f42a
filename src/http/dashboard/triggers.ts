import { hookProblemOf } from '../../app/diagnostics/diagnostics.ts';
import type { Diagnostics } from '../../app/diagnostics/diagnostics.ts';
import type { Clock, TriggerStore } from '../../app/ports/index.ts';
import type { Approvals } from '../../app/triggers/decide-approval.ts';
import { findMyWork } from '../../app/triggers/my-work.ts';
import { listVisible } from '../../app/triggers/visible-triggers.ts';
import type { TriggerNotifier } from '../../app/engine/trigger-notifier.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import type { Caller } from '../../domain/access/caller.ts';
import type { Filters } from './filters.ts';
import { filtersOf, pathFor } from './filters.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';
import { fitting } from './layout.ts';
import { projectField, searchField } from './fields.ts';
import { myWork, titleWith } from './my-work.ts';
import { nothingToSee } from './nothing-to-see.ts';
import { pager } from './table.ts';
import { triggerTable } from './trigger-row.ts';
import type { PageRequest } from './authenticate-page.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'list'>;
  readonly diagnostics: Pick<Diagnostics, 'hookHealthOf'>;
  readonly waiters: Pick<TriggerNotifier, 'count'>;
  readonly approvals: Pick<Approvals, 'refusalFor'>;
  /** Whether GitLab has just not said who may what. */
  readonly isAway: () => boolean;
  readonly clock: Pick<Clock, 'now'>;
}

const rowsPerPage = 50;

const stateNames = { pending: 'Pending', finished: 'Finished', all: 'All' } as const;

function filterForm({ state, project, ref }: Filters): Html {
  const choice = (name: keyof typeof stateNames): Html =>
    html`<option value="${name}" ${name === state && html`selected`}>${stateNames[name]}</option>`;
  return html`<form class="filters" role="search" aria-label="Filter triggers">
    <div>
      <label class="unseen" for="state">State</label>
      <select id="state" name="state">
        ${[choice('pending'), choice('finished'), choice('all')]}
      </select>
    </div>
    ${projectField(project)} ${searchField({ name: 'ref', label: 'Ref', value: ref, placeholder: 'main' })}
    <button>Filter</button>
    ${(project !== null || ref !== null || state !== 'pending') && html`<a href="/">Clear</a>`}
  </form>`;
}

/** The hint on an empty list. */
function emptyList({ state, project, ref, cursor }: Filters, { role }: Caller): Html {
  if (project !== null || ref !== null || cursor !== null)
    return html`<div class="empty">
      <p>No trigger matches. Projects and refs are matched whole, as they were asked for.</p>
      <p><a class="button" href="/">Show all that is pending</a></p>
    </div>`;
  const command = `trigger --server "$PIPELINE_TRIGGER_URL" -t main group/app`;
  return html`<div class="empty">
    <p>${state === 'pending' ? 'Nothing is pending.' : 'There are no triggers yet.'}</p>
    ${state === 'pending' && html`<p><a class="button" href="/?state=finished">Show what has finished</a></p>`}
    ${
      role !== 'read' &&
      html`<p>A CI job starts a pipeline, and shows up here, with</p>
        <pre tabindex="0" aria-label="The command"><code>${command}</code></pre>`
    }
  </div>`;
}

const noWork = { toApprove: [], started: [] };

/** `/`: what waits for what. */
export const triggersPage = ({ store, diagnostics, waiters, approvals, isAway, clock }: Deps) =>
  async function showTriggers({ request, caller }: PageRequest): Promise<PageContent> {
    const filters = filtersOf(request);
    const page = await listVisible(store, caller, { ...filters, limit: rowsPerPage });
    const now = clock.now();
    const besidesOf = (hasStages: boolean) => (trigger: Trigger) => ({
      hasStages,
      waiters: waiters.count(trigger.id),
      hookProblem: hookProblemOf(diagnostics.hookHealthOf, trigger),
    });
    const isUnfiltered = filters.project === null && filters.ref === null;
    const work =
      isUnfiltered && filters.cursor === null ? await findMyWork(store, approvals, caller) : noWork;
    const isPending = filters.state === 'pending';
    const nothing =
      caller.role === 'person' && caller.person !== undefined && isUnfiltered
        ? nothingToSee({ ...caller.person, isPending, isAway: isAway(), hasMore: page.nextCursor !== null })
        : emptyList(filters, caller);
    const body = (hasStages: boolean): Html =>
      html`${caller.person !== undefined && myWork(work, now)}
        <div class="line">
          <h1 id="heading">${stateNames[filters.state]} triggers</h1>
          ${filterForm(filters)}
          <span class="live" id="live" hidden></span>
        </div>
        <div id="list" class="card frame" data-part>
          ${page.items.length > 0 ? triggerTable(page.items, besidesOf(hasStages), now) : nothing}
        </div>
        <div id="pages" data-part>
          ${pager((cursor) => pathFor('/', { ...filters, cursor }), { ...filters, ...page })}
        </div>`;
    const forms = [true, false].map((hasStages) => () => body(hasStages));
    return { title: titleWith(work, 'Triggers'), body: fitting(forms), live: pathFor('/live', filters) };
  };
