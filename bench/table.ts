/** One figure: ours, the limit that is promised, and what something else needs for the same in the same run. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly limit: string;
  readonly peer: string;
  /** Of ours to the peer's. */
  readonly ratio: number | null;
}

interface Comparison {
  readonly unit: string;
  readonly limit: string;
  readonly peer: { readonly name: string; readonly value: number };
}

const shown = (value: number, unit: string): string => {
  const digits = value >= 100 ? 0 : value >= 1 ? 1 : 3;
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })}${unit}`;
};

export const compared = (what: string, ours: number, { unit, limit, peer }: Comparison): Row => ({
  what,
  ours: shown(ours, unit),
  limit,
  peer: `${peer.name}: ${shown(peer.value, unit)}`,
  ratio: ours / peer.value,
});

export const figure = (what: string, ours: string, limit = ''): Row => ({
  what,
  ours,
  limit,
  peer: '',
  ratio: null,
});

const ratioOf = ({ ratio }: Row): string => ratio?.toFixed(2) ?? '';

const cells = (row: Row): readonly string[] => [row.what, row.ours, row.limit, row.peer, ratioOf(row)];

export const tableHead = '| What | Ours | Limit | Peer | Ratio |\n| --- | --- | --- | --- | --- |\n';

/** A line of the table, in Markdown. */
export const tableLine = (row: Row): string => `| ${cells(row).join(' | ')} |\n`;

/** The ratio that a page has in the line of a figure; undefined when it has none. */
export function ratioIn(page: string, what: string): number | undefined {
  const line = page.split('\n').find((each) => each.startsWith(`| ${what} |`));
  const last = line?.split('|').at(-2)?.trim();
  return last === undefined || last === '' ? undefined : Number(last);
}
