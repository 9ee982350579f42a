import { AppError } from '../domain/error.ts';

/** The limits of one request. Each is far more than a pipeline needs, and costs other callers little. */
const most = { variables: 500, inputs: 500, jobs: 200, manual: 200, outputs: 200 } as const;
const longestName = 255;

/**
 * Refuses a body that exceeds the limits of one request, before its parts are parsed.
 * @throws AppError `too_many_items`
 */
export function refuseTooMany(input: unknown): void {
  const { variables, inputs, jobs, manual, outputs } = membersOf(input);
  const sent = listIn(manual).flatMap((rule) => Object.keys(membersOf(membersOf(rule)['variables'])));
  refuse('variables', [...Object.keys(membersOf(variables)), ...sent]);
  refuse('inputs', Object.keys(membersOf(inputs)));
  refuse('jobs', listIn(jobs));
  refuse('outputs', listIn(outputs), (each) => [each, membersOf(each)['job']]);
  refuse('manual', listIn(manual), (rule) => {
    const { job, stage, environment, tier } = membersOf(rule);
    return [job, stage, environment, tier];
  });
}

/** @param namesIn the names that an item has */
function refuse(
  kind: keyof typeof most,
  items: readonly unknown[],
  namesIn = (item: unknown): readonly unknown[] => [item],
): void {
  if (items.length > most[kind])
    throw tooMany(`${kind}: ${items.length} of them, where at most ${most[kind]} may be`);
  if (items.flatMap(namesIn).some((name) => typeof name === 'string' && name.length > longestName))
    throw tooMany(`${kind}: a name has more than ${longestName} characters`);
}

const tooMany = (message: string): AppError => new AppError('too_many_items', message);

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
