import { triggerIdVariable } from '../../domain/ids.ts';

/**
 * The body of a hook as JSON, with the value of every variable replaced: GitLab sends the variables that a pipeline
 * was triggered with in the clear, and passwords are among them. They are known by the name of their list, wherever it
 * stands, or by their shape: a template or a relay may have moved them. What is called a token or a password goes too.
 * @returns null when the body is nested too deeply to be written
 */
export function redactedJson(body: unknown): string | null {
  try {
    return JSON.stringify(body, (key, value: unknown) => {
      if (/variables/i.test(key)) return redacted(value);
      if (secretName.test(key) && mayBeSecret(value)) return mark;
      return isVariable(value) ? withoutValue(value) : value;
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const mark = '[redacted]';
const secretName = /token|secret|password|passphrase|private_?key|authorization|credential/i;

/** Flags and empty members tell nothing; they may say that there is a token. */
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

/** Our own variable is no secret, and what says which trigger a hook belongs to. */
const withoutValue = ({ key, value }: Variable): Variable => ({
  key: typeof key === 'string' ? key : mark,
  value: key === triggerIdVariable && typeof value === 'string' && /^trg_\w+$/.test(value) ? value : mark,
});
