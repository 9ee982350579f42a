import { triggerIdVariable } from '../../domain/ids.ts';

/**
 * The body of a webhook as JSON, with the value of every variable replaced: GitLab sends the variables that a pipeline
 * was triggered with in plain text, passwords among them. They are recognized by the name of their list, anywhere in the
 * body, or by their form, since a template or a relay may have moved them. Members named token or password are replaced
 * as well.
 * @returns null when the body is nested too deeply to be serialized
 */
export function redactedJson(body: unknown): string | null {
  try {
    return JSON.stringify(body, (key, value: unknown) => {
      const kind = kindOf(key);
      if (kind === 'variables') return redacted(value);
      if (kind === 'secret' && mayBeSecret(value)) return mark;
      return isVariable(value) ? withoutValue(value) : value;
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const mark = '[redacted]';
const secretName = /token|secret|password|passphrase|private_?key|authorization|credential/i;

type Kind = 'variables' | 'secret' | 'other';

/** The names that webhooks have are few; those that somebody makes up are forgotten together. */
const kinds = new Map<string, Kind>();
const mostKinds = 2_000;
const longestName = 64;

function kindOf(key: string): Kind {
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const kind = /variables/i.test(key) ? 'variables' : secretName.test(key) ? 'secret' : 'other';
  if (kinds.size >= mostKinds) kinds.clear();
  if (key.length <= longestName) kinds.set(key, kind);
  return kind;
}

/** Flags and empty members are no secrets; they may show that there is a token. */
const mayBeSecret = (value: unknown): boolean => value !== null && value !== '' && typeof value !== 'boolean';

interface Variable {
  readonly key: unknown;
  readonly value: unknown;
}

const isVariable = (value: unknown): value is Variable =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'key') && Object.hasOwn(value, 'value');

function redacted(variables: unknown): unknown {
  if (Array.isArray(variables)) return variables.map(redactedVariable);
  return variables === null ? null : mark;
}

const redactedVariable = (variable: unknown): unknown =>
  isVariable(variable) && typeof variable.key === 'string' ? withoutValue(variable) : mark;

/** Our own variable is no secret, and names the trigger of a webhook. */
const withoutValue = ({ key, value }: Variable): Variable => ({
  key: typeof key === 'string' ? key : mark,
  value: key === triggerIdVariable && typeof value === 'string' && /^trg_\w+$/.test(value) ? value : mark,
});
