import { triggerIdVariable } from '../domain/ids.ts';

/**
 * The body of a hook as JSON, with the value of every variable replaced: GitLab sends the variables that a pipeline
 * was triggered with in the clear, and passwords are among them.
 * @returns null when the body is nested too deeply to be written
 */
export function redactedJson(body: unknown): string | null {
  try {
    return JSON.stringify(body, (key, value: unknown) => (key === 'variables' ? redacted(value) : value));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const mark = '[redacted]';

/** Our own variable is no secret, and what says which trigger a hook belongs to. */
function redacted(variables: unknown): unknown {
  if (!Array.isArray(variables)) return variables === null ? null : mark;
  return variables.map((variable: unknown) => {
    const key: unknown =
      typeof variable === 'object' && variable !== null ? (variable as { key?: unknown }).key : null;
    if (key === triggerIdVariable) return variable;
    return typeof key === 'string' ? { key, value: mark } : mark;
  });
}
