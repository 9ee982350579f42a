import ts from 'typescript';

/** A function of a source file, by its place in the text. */
export type FunctionPlace = {
  readonly start: number;
  readonly end: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** `() => value`: its body is an expression. */
  readonly isExpression: boolean;
};

/** What runs when the file is imported, beside the numbers of its functions. */
export const topLevel = -1;

/** All functions with a body, in the order of the text. Their index is the number that a probe reports. */
export function findFunctions(fileName: string, text: string): FunctionPlace[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const places: FunctionPlace[] = [];
  const visit = (node: ts.Node): void => {
    const body = ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.Node | undefined) : undefined;
    if (body !== undefined) {
      places.push({
        start: node.getStart(file),
        end: node.getEnd(),
        bodyStart: body.getStart(file),
        bodyEnd: body.getEnd(),
        isExpression: !ts.isBlock(body),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return places;
}

/** The number of the innermost function around a position, or `topLevel`. */
export function functionAt(functions: readonly FunctionPlace[], position: number): number {
  return functions.findLastIndex(({ start, end }) => start <= position && position < end);
}

/**
 * The text with a probe in every function: the first call of each in a process appends `name number` to the report. The
 * report is written in whatever process the code runs, so that services that tests start are seen, too.
 */
export function insertProbes(fileName: string, text: string, report: string): string {
  const functions = findFunctions(fileName, text);
  const insertions = functions.flatMap(({ bodyStart, bodyEnd, isExpression }, number) =>
    isExpression
      ? [
          { at: bodyStart, text: `(__probe(${number}), ` },
          { at: bodyEnd, text: ')' },
        ]
      : [{ at: bodyStart + 1, text: ` __probe(${number});` }],
  );
  // From the end, so that earlier places stay right. What ends at a place is closed before another begins there.
  const probed = insertions
    .map((insertion, order) => ({ ...insertion, order }))
    .sort((a, b) => b.at - a.at || b.order - a.order)
    .reduce((result, { at, text: added }) => result.slice(0, at) + added + result.slice(at), text);
  const start = probed.startsWith('#!') ? probed.indexOf('\n') + 1 : 0;
  return `${probed.slice(0, start)}${probe(fileName, report)}${probed.slice(start)}`;
}

/** In one line with the first of the text. A function, since imports in a circle may call it before all else has run. */
function probe(fileName: string, report: string): string {
  const append = `process.getBuiltinModule('node:fs').appendFileSync(${JSON.stringify(report)}, ${JSON.stringify(`${fileName} `)} + number + '\\n')`;
  return `var __probed; function __probe(number) { __probed ??= new Set(); if (__probed.has(number)) return; __probed.add(number); ${append}; } __probe(${topLevel}); `;
}
