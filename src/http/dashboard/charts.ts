import type { Html } from './html.ts';
import { html } from './html.ts';

/** Charts are stretched to their place: a unit is no pixel, and what is written beside them stays as it is. */
const height = 100;

/** A value of a chart at a day, as a share of the chart's highest. */
export interface Bar {
  readonly title: string;
  /** From the bottom up, each with its class. */
  readonly parts: readonly { readonly size: number; readonly look: string }[];
}

const round = (value: number): string => value.toFixed(2);

/** Bars side by side, each of parts on top of one another. */
export function barChart(bars: readonly Bar[], { label, highest }: { label: string; highest: number }): Html {
  const scale = height / Math.max(1, highest);
  const column = ({ title, parts }: Bar, at: number): Html => {
    let top = height;
    const rects = parts.map(({ size, look }) => {
      top -= size * scale;
      return html`<rect
        class="${look}"
        x="${at + 0.12}"
        y="${round(top)}"
        width="0.76"
        height="${round(size * scale)}"
      />`;
    });
    return html`<g
      ><title>${title}</title><rect class="hit" x="${at}" width="1" height="${height}" />${rects}</g
    >`;
  };
  return html`<svg
    viewBox="0 0 ${bars.length} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="gridline" d="M0 0H${bars.length}M0 50H${bars.length}M0 100H${bars.length}" />
    ${bars.map(column)}
  </svg>`;
}

/** Lines over the same days; a null is a gap, and a day between two gaps a dot. */
export function lineChart(
  lines: readonly { readonly look: string; readonly values: readonly (number | null)[] }[],
  { label, highest }: { label: string; highest: number },
): Html {
  const width = Math.max(2, ...lines.map(({ values }) => values.length));
  const scale = height / Math.max(1, highest);
  const path = (values: readonly (number | null)[]): string =>
    values
      .map((value, at) =>
        value === null
          ? ''
          : `${at === 0 || values[at - 1] === null ? 'M' : 'L'}${at + 0.5} ${round(height - value * scale)}h0`,
      )
      .join('');
  return html`<svg
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="gridline" d="M0 0H${width}M0 50H${width}M0 100H${width}" />
    ${lines.map(({ look, values }) => html`<path class="${look}" d="${path(values)}" />`)}
  </svg>`;
}
