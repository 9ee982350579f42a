import type { Html } from './html.ts';
import { html } from './html.ts';

/** The kind of a cell: the head of its row, as wide as possible, a time, a number, or plain. */
export type CellKind = 'head' | 'wide' | 'time' | 'number' | 'status' | '';

export interface Cell {
  readonly kind?: CellKind;
  readonly content: Html | string | number;
}

/** A live row: its id on the page, and the time by which rows are sorted, newest first. */
interface Kept {
  readonly id: string;
  readonly at: number;
}

/** A row of a table. */
export function tableRow(columns: readonly string[], cells: readonly Cell[], kept?: Kept): Html {
  // The roles are explicit, since on a narrow screen the styles lay the table out as cards, which removes them.
  const cell = ({ kind = '', content }: Cell, at: number): Html =>
    kind === 'head'
      ? html`<th role="rowheader" scope="row">${content}</th>`
      : html`<td role="cell" class="${kind}" data-column="${columns[at] ?? ''}"><div>${content}</div></td>`;
  return html`<tr role="row" ${kept !== undefined && html`id="${kept.id}" data-at="${kept.at}" data-part`}>
    ${cells.map(cell)}
  </tr>`;
}

/** A table labelled by a heading: the page's, or another one, by its id. */
export const table = (columns: readonly string[], rows: readonly Html[], heading = 'heading'): Html =>
  html`<table class="plain" role="table" aria-labelledby="${heading}">
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup" ${heading === 'heading' && html`id="rows"`}>
      ${rows}
    </tbody>
  </table>`;

/** Links to the older rows, and back to the newest. Nothing where all are on one page. */
export function pager(
  path: (cursor: string | null) => string,
  { cursor, nextCursor }: { readonly cursor: string | null; readonly nextCursor: string | null },
): Html | false {
  if (cursor === null && nextCursor === null) return false;
  return html`<nav class="pager" aria-label="Pages">
    ${cursor !== null && html`<a class="button" href="${path(null)}">Newest</a>`}
    ${nextCursor !== null && html`<a class="button" href="${path(nextCursor)}" rel="next">Older</a>`}
  </nav>`;
}

/** An address with those of the parameters that are given. */
export function withQuery(base: string, parameters: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null);
  return given.length === 0 ? base : `${base}?${new URLSearchParams(given).toString()}`;
}
