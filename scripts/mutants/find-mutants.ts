import ts from 'typescript';

export const kinds = [
  'condition turned',
  'call dropped',
  'bound moved',
  'finally emptied',
  'return changed',
] as const;
export type MutantKind = (typeof kinds)[number];

/** One small change of a file. */
export type Mutant = {
  readonly kind: MutantKind;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** From 1. */
  readonly line: number;
};

type Change = { readonly node: ts.Node; readonly kind: MutantKind; readonly replacement: string };

/** All single changes of a source file, in the order of the text. */
export function findMutants(fileName: string, text: string): Mutant[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    // A type is gone when the code runs.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    for (const { node: changed, kind, replacement } of changesOf(node)) {
      const start = changed.getStart(file);
      const line = file.getLineAndCharacterOfPosition(start).line + 1;
      mutants.push({ kind, start, end: changed.getEnd(), replacement, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mutants.sort((a, b) => a.start - b.start);
}

/** The text of a file with one mutant in it. */
export function applyMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

const turned: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
};

const moved: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
};

function changesOf(node: ts.Node): Change[] {
  if (ts.isIfStatement(node)) return [turn(node.expression)];
  if (ts.isConditionalExpression(node)) return [turn(node.condition)];
  if (ts.isBinaryExpression(node)) return ofOperator(node.operatorToken);
  if (ts.isNumericLiteral(node)) return ofNumber(node);
  if (ts.isExpressionStatement(node))
    return isCall(node.expression) ? [replace(node, 'call dropped', ';')] : [];
  if (ts.isReturnStatement(node)) return ofReturned(node.expression);
  if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) return ofReturned(node.body);
  if (ts.isTryStatement(node) && node.finallyBlock !== undefined)
    return [replace(node.finallyBlock, 'finally emptied', '{}')];
  return [];
}

function turn(condition: ts.Expression): Change {
  return replace(condition, 'condition turned', `!(${condition.getText()})`);
}

function ofOperator(operator: ts.Node): Change[] {
  const turnedTo = turned[operator.kind];
  if (turnedTo !== undefined) return [replace(operator, 'condition turned', turnedTo)];
  const movedTo = moved[operator.kind];
  return movedTo === undefined ? [] : [replace(operator, 'bound moved', movedTo)];
}

function ofNumber(node: ts.NumericLiteral): Change[] {
  const isMember = ts.isPropertyAssignment(node.parent) && node.parent.name === node;
  return isMember ? [] : [replace(node, 'bound moved', `${node.getText()} + 1`, needsParentheses(node))];
}

/** `2 * 1 + 1` would be another number than the one meant. */
function needsParentheses({ parent }: ts.Node): boolean {
  return ts.isBinaryExpression(parent) || ts.isPrefixUnaryExpression(parent);
}

function isCall(expression: ts.Expression): boolean {
  if (ts.isAwaitExpression(expression) || ts.isVoidExpression(expression))
    return isCall(expression.expression);
  return ts.isCallExpression(expression);
}

/** Booleans are turned; anything else is not returned at all. */
function ofReturned(expression: ts.Expression | undefined): Change[] {
  if (expression === undefined) return [];
  if (expression.kind === ts.SyntaxKind.TrueKeyword) return [replace(expression, 'return changed', 'false')];
  if (expression.kind === ts.SyntaxKind.FalseKeyword) return [replace(expression, 'return changed', 'true')];
  const isNothing = expression.getText() === 'undefined' || ts.isVoidExpression(expression);
  return isNothing ? [] : [replace(expression, 'return changed', '(undefined as never)')];
}

function replace(node: ts.Node, kind: MutantKind, replacement: string, inParentheses = false): Change {
  return { node, kind, replacement: inParentheses ? `(${replacement})` : replacement };
}
