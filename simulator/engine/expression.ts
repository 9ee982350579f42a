type Value = string | RegExp | boolean | null;
type Variables = ReadonlyMap<string, string>;

const token =
  /\s*(?:(&&|\|\||==|!=|=~|!~|\(|\))|\$(\w+)|\$\{(\w+)\}|"([^"]*)"|'([^']*)'|\/((?:\\.|[^/\\])+)\/([a-z]*)|(null|true|false))/y;

type Token = { readonly operator: string } | { readonly value: (variables: Variables) => Value };

/**
 * Whether the condition of a `rules:if` holds.
 * Knows variables, quoted strings, patterns, null, == != =~ !~ && || and parentheses, as GitLab does.
 * @throws SyntaxError for anything else
 */
export function evaluateCondition(condition: string, variables: Variables): boolean {
  const tokens = tokenize(condition);
  let position = 0;

  const takes = (...operators: string[]): string | undefined => {
    const next = tokens[position];
    if (next === undefined || !('operator' in next) || !operators.includes(next.operator)) return undefined;
    position += 1;
    return next.operator;
  };

  const operand = (): Value => {
    if (takes('(') !== undefined) {
      const inside = either();
      if (takes(')') === undefined) throw new SyntaxError('missing )');
      return inside;
    }
    const next = tokens[position];
    if (next === undefined || !('value' in next)) throw new SyntaxError('missing operand');
    position += 1;
    return next.value(variables);
  };

  const comparison = (): Value => {
    const left = operand();
    const operator = takes('==', '!=', '=~', '!~');
    return operator === undefined ? left : compare(operator, left, operand());
  };

  const both = (): Value => {
    let result = comparison();
    while (takes('&&') !== undefined) {
      const right = comparison();
      result = isTruthy(result) && isTruthy(right);
    }
    return result;
  };

  const either = (): Value => {
    let result = both();
    while (takes('||') !== undefined) {
      const right = both();
      result = isTruthy(result) || isTruthy(right);
    }
    return result;
  };

  const result = either();
  if (position < tokens.length) throw new SyntaxError('unexpected end of condition');
  return isTruthy(result);
}

/** Whether the text is a condition at all. */
export function isCondition(text: string): boolean {
  try {
    evaluateCondition(text, new Map());
    return true;
  } catch {
    return false;
  }
}

function tokenize(condition: string): Token[] {
  const tokens: Token[] = [];
  const text = condition.trimEnd();
  const scanner = new RegExp(token);
  while (scanner.lastIndex < text.length) {
    const match = scanner.exec(text);
    if (match === null) throw new SyntaxError('invalid expression syntax');
    tokens.push(toToken(match));
  }
  return tokens;
}

function toToken(match: RegExpExecArray): Token {
  const [, operator, name, braced, double, single, pattern, flags, word] = match;
  if (operator !== undefined) return { operator };
  const variable = name ?? braced;
  if (variable !== undefined) return { value: (variables) => variables.get(variable) ?? null };
  if (pattern !== undefined) {
    const expression = new RegExp(pattern, (flags ?? '').replace(/[^i]/g, ''));
    return { value: () => expression };
  }
  // GitLab compares true and false as the words they are: variables are strings.
  const literal = word === 'null' ? null : (word ?? double ?? single ?? null);
  return { value: () => literal };
}

function compare(operator: string, left: Value, right: Value): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  const matches = right instanceof RegExp && right.test(typeof left === 'string' ? left : '');
  return operator === '=~' ? matches : !matches;
}

/** A variable that is unset or empty does not hold. */
function isTruthy(value: Value): boolean {
  return value !== null && value !== false && value !== '';
}
