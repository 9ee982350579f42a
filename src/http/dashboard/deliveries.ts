import type { Audit } from '../../app/access/audit.ts';
import type { Clock, DeliveryStore, StoredDelivery } from '../../app/ports/index.ts';
import type { ApplyDelivery } from '../../app/deliveries/receive-delivery.ts';
import { AppError } from '../../domain/error.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { clip } from '../../domain/text.ts';
import type { PageHandlers } from './page-handlers.ts';
import { textQuery } from './fields.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import type { PageContent } from './layout.ts';
import { fitting } from './layout.ts';
import { aboutPayload, payloadBadge, pipelineText } from './delivery-badges.ts';
import type { Cell } from './table.ts';
import { pager, table, tableRow, withQuery } from './table.ts';
import { timeAgo } from './time.ts';
import type { ActorOf, PageRequest } from './authenticate-page.ts';
import { forAdmins } from './authenticate-page.ts';

interface Deps {
  readonly answers: PageHandlers;
  readonly inbox: DeliveryStore;
  readonly applyDelivery: ApplyDelivery;
  readonly audit: Audit;
  readonly actorOf: ActorOf;
  readonly clock: Pick<Clock, 'now'>;
}

const rowsPerPage = 50;
const columns = ['Says', 'Delivery', 'About', 'Pipeline', 'Received'] as const;

function row({ delivery }: StoredDelivery, now: number): Html {
  const { id, event, payload, receivedAt } = delivery;
  const cells: readonly Cell[] = [
    { kind: 'status', content: payloadBadge(payload) },
    { kind: 'head', content: html`<a href="/deliveries/${id}"><bdi>${brief(event)}</bdi></a>` },
    { kind: 'wide', content: aboutPayload(payload) },
    { content: pipelineText(payload) },
    { kind: 'time', content: timeAgo(receivedAt, now) },
  ];
  return tableRow(columns, cells);
}

const emptyInbox = html`<div class="empty">
  <p>No delivery here.</p>
  <p>In the project or its group in GitLab: Settings → Webhooks, with this service’s</p>
  <pre tabindex="0" aria-label="The path"><code>/webhooks/gitlab</code></pre>
  <p>as URL, pipeline and job events. GitLab’s “Test” button there sends one.</p>
</div>`;

/** Formatted; a long body is shown as it is, since formatting it would block the event loop. */
const readable = (json: string): string =>
  json.length > longestLaidOut ? json : JSON.stringify(JSON.parse(json), null, 2);
const longestLaidOut = 200_000;

/** The webhook inbox, for admins: what GitLab sent, how the service understood it, and a replay button. */
// eslint-disable-next-line max-lines-per-function -- markup of two pages
export function deliveryPages({ answers, inbox, applyDelivery, audit, actorOf, clock }: Deps) {
  const idOf = ({ params }: PageRequest['request']): DeliveryId => String(params['id']) as DeliveryId;
  const find = async ({ request }: PageRequest): Promise<StoredDelivery> => {
    const found = await inbox.find(idOf(request));
    if (found === undefined) throw new AppError('not_found', 'there is no such delivery');
    return found;
  };

  const list = async ({ request }: PageRequest): Promise<PageContent> => {
    const cursor = textQuery(request, 'cursor');
    const unmatched = textQuery(request, 'unmatched') === '1';
    const { items, nextCursor } = await inbox.list({ limit: rowsPerPage, cursor, unmatched });
    const now = clock.now();
    const rows = items.map((stored) => row(stored, now));
    const path = (to: string | null): string =>
      withQuery('/deliveries', { unmatched: unmatched ? '1' : null, cursor: to });
    const body = html`<div class="title">
        <h1 id="heading">Deliveries</h1>
        <a class="button" href="${unmatched ? '/deliveries' : '/deliveries?unmatched=1'}"
          >${unmatched ? 'Show all' : 'Only those without a trigger'}</a
        >
      </div>
      <div class="list">${rows.length > 0 ? table(columns, rows) : emptyInbox}</div>
      ${pager(path, { cursor, nextCursor })}`;
    return { title: 'Deliveries', body };
  };

  const show = async (visit: PageRequest): Promise<PageContent> => {
    const { delivery } = await find(visit);
    const { id, event, payload, receivedAt, instance, userAgent, body: text } = delivery;
    const fact = (name: string, value: Html | string | null): Html | false =>
      value !== null &&
      html`<div>
        <dt>${name}</dt>
        <dd>${value}</dd>
      </div>`;
    const json = text === null ? null : readable(text);
    const page = (most: number): Html =>
      html`<div class="title">
          <h1><bdi>${brief(event)}</bdi></h1>
        </div>
        <p class="note id">${id}</p>
        <section aria-label="Summary">
          <p class="state">${payloadBadge(payload)} <span>${aboutPayload(payload)}</span></p>
          <dl class="facts">
            ${fact('Pipeline', pipelineText(payload))} ${fact('Received', timeAgo(receivedAt, clock.now()))}
            ${fact('From', instance === null ? null : brief(instance))}
            ${fact('Sent by', userAgent === null ? null : brief(userAgent))}
          </dl>
          <form method="post" action="/deliveries/${id}/replay" class="actions">
            <button>Replay</button>
            <span class="hint">Tells the triggers that it concerns once more. Safe to repeat.</span>
          </form>
        </section>
        <section aria-labelledby="body-heading">
          <h2 id="body-heading">Body, values of variables redacted</h2>
          ${
            json === null
              ? html`<p class="note">Not kept: it is of no use here.</p>`
              : html`<pre
                    tabindex="0"
                    role="region"
                    aria-labelledby="body-heading"
                  ><code>${clip(json, most)}</code></pre>
                  ${json.length > most && html`<p class="note">The API gives all of it: GET /v1/deliveries/${id}</p>`}`
          }
        </section>`;
    const body = fitting([80_000, 40_000, 10_000].map((most) => () => page(most)));
    return { title: `${brief(event)} ${id}`, body };
  };

  const pathOf = (request: PageRequest['request']): string => `/deliveries/${idOf(request)}`;
  const replay = async (visit: PageRequest) => {
    const { delivery } = await find(visit);
    await audit.note(actorOf(visit), 'delivery.replay', delivery.id);
    await applyDelivery(delivery);
    return {
      to: pathOf(visit.request),
      text: 'Replayed: the service applied the delivery again to every trigger that it concerns.',
    };
  };

  return {
    list: answers.page(forAdmins(list)),
    show: answers.page(forAdmins(show)),
    replay: answers.form(pathOf, forAdmins(replay)),
  };
}
