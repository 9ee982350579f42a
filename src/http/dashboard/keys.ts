import type { ApiKey, ApiKeys } from '../../app/access/api-keys.ts';
import type { Clock } from '../../app/ports/index.ts';
import type { Role } from '../../domain/access/caller.ts';
import { roles } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { PageHandlers } from './page-handlers.ts';
import { choiceOf, fieldOf, requiredField } from './fields.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { PageContent } from './layout.ts';
import type { Cell } from './table.ts';
import { table, tableRow } from './table.ts';
import { timeAgo } from './time.ts';
import { wordBadge } from './badges.ts';
import type { ActorOf, PageRequest } from './authenticate-page.ts';
import { forAdmins } from './authenticate-page.ts';

interface Deps {
  readonly answers: PageHandlers;
  readonly keys: Pick<ApiKeys, 'create' | 'list' | 'revoke'>;
  readonly actorOf: ActorOf;
  readonly clock: Pick<Clock, 'now'>;
}

/** The newest keys; an installation with more of them uses the commands. */
const mostKeys = 50;

const columns = ['State', 'Key', 'Projects', 'Role', 'Made', 'Last used', 'Expires', ''] as const;

const may = {
  read: 'read: sees triggers',
  approve: 'approve: sees triggers, approves and rejects jobs',
  trigger: 'trigger: starts pipelines, steers its own',
  admin: 'admin: everything',
} as const satisfies Record<Role, string>;

function stateOf({ revokedAt, expiresAt }: ApiKey, now: number): Html {
  if (revokedAt !== null) return wordBadge('idle', 'revoked');
  return expiresAt !== null && expiresAt <= now
    ? wordBadge('idle', 'expired')
    : wordBadge('good', 'in force');
}

const revokeForm = ({ id, name }: ApiKey): Html =>
  html`<details class="inline">
    <summary aria-label="Revoke ${name} ${id}">Revoke…</summary>
    <form method="post" action="/keys/${id}/revoke">
      <p class="hint">The service refuses this key from now on.</p>
      <button class="danger">Revoke ${name}</button>
    </form>
  </details>`;

function row(key: ApiKey, now: number): Html {
  const { id, name, role, projects, createdAt, lastUsedAt, expiresAt, revokedAt } = key;
  const time = (at: number | null): Html =>
    at === null ? html`<span class="note">never</span>` : timeAgo(at, now);
  const cells: readonly Cell[] = [
    { kind: 'status', content: stateOf(key, now) },
    { kind: 'head', content: html`<bdi>${name}</bdi> <span class="note id">${id}</span>` },
    {
      kind: 'wide',
      content: projects === null ? html`<span class="note">all</span>` : brief(projects.join(', '), 200),
    },
    { content: role },
    { kind: 'time', content: time(createdAt) },
    { kind: 'time', content: time(lastUsedAt) },
    { kind: 'time', content: time(expiresAt) },
    { content: revokedAt === null ? revokeForm(key) : '' },
  ];
  return tableRow(columns, cells);
}

const roleChoice = (role: Role): Html =>
  html`<option value="${role}" ${role === 'trigger' && html`selected`}>${may[role]}</option>`;

/** Keys are made for long, not for ever: an empty field says never. */
const presetDays = 365;

const createForm = html`<section aria-labelledby="create-heading">
  <h2 id="create-heading">Make a key</h2>
  <form method="post" action="/keys" class="stack">
    <label for="name">Name</label>
    <input id="name" name="name" required maxlength="63" autocomplete="off" aria-describedby="name-hint" />
    <p class="hint" id="name-hint">
      Triggers belong to it. To replace a key, make a second one of the same name.
    </p>
    <label for="role">Role</label>
    <select id="role" name="role">
      ${roles.map(roleChoice)}
    </select>
    <label for="projects">Projects</label>
    <input id="projects" name="projects" placeholder="group/app group/*" aria-describedby="projects-hint" />
    <p class="hint" id="projects-hint">
      Patterns, with spaces between them; empty for all. * stands for anything but a slash, ** for anything.
    </p>
    <label for="days">Days until it expires</label>
    <input
      id="days"
      name="days"
      type="number"
      min="1"
      max="36500"
      value="${presetDays}"
      placeholder="never"
    />
    <button class="primary">Make the key</button>
  </form>
</section>`;

/** @throws AppError `invalid` */
function daysOf(text: string | null): number | null {
  if (text === null) return null;
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= 36_500) return days;
  throw new AppError('invalid', 'days: expected a whole number from 1 to 36500');
}

const toKeys = (): string => '/keys';

/** API keys, for admins: the list, a form to create one, and a button to revoke each. */
export function keyPages({ answers, keys, actorOf, clock }: Deps) {
  const list = async (): Promise<PageContent> => {
    const now = clock.now();
    const all = (await keys.list()).toReversed();
    const rows = all.slice(0, mostKeys).map((key) => row(key, now));
    const left = all.length - rows.length;
    const none = html`<div class="empty">
      <p>There are no keys yet. A CI job gets one of its own, not the ADMIN_TOKEN.</p>
    </div>`;
    const body = html`<div class="title"><h1 id="heading">Keys</h1></div>
      <div class="list">${rows.length > 0 ? table(columns, rows) : none}</div>
      ${left > 0 && html`<p class="note">and ${left} older ones: <code>pipeline-trigger keys list</code></p>`}
      ${createForm}`;
    return { title: 'Keys', body };
  };

  const create = async (visit: PageRequest) => {
    const { request } = visit;
    const order = {
      name: requiredField(request, 'name'),
      role: choiceOf(fieldOf(request, 'role'), roles) ?? 'read',
      projects: fieldOf(request, 'projects')?.split(/[\s,]+/) ?? null,
      days: daysOf(fieldOf(request, 'days')),
    };
    const { key, secret } = await keys.create(order, actorOf(visit));
    return {
      to: toKeys(),
      text: `The key ${key.name} was made. Copy it now; it is not shown again.`,
      secret,
    };
  };

  const revoke = async (visit: PageRequest) => {
    const { name } = await keys.revoke(String(visit.request.params['id']), actorOf(visit));
    return { to: toKeys(), text: `The key ${name} is refused from now on.` };
  };

  return {
    list: answers.page(forAdmins(list)),
    create: answers.form(toKeys, forAdmins(create)),
    revoke: answers.form(toKeys, forAdmins(revoke)),
  };
}
