import { plainLine } from '../../domain/terminal-text.ts';
import { secondOf } from './times.ts';

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** An event of a trigger's stream on one line. */
export function eventLine(name: string, data: Readonly<Record<string, unknown>>): string {
  const { at, state, status, pipelineId, name: job, outcome, reason } = data;
  const shown: Readonly<Record<string, readonly unknown[]>> = {
    state: [state],
    status: ['pipeline', pipelineId, status],
    job: [job, status],
    played: [job],
    outcome: [outcome, reason],
  };
  const words = [secondOf(textOf(at)), name, ...(shown[name] ?? []).map(textOf)];
  return plainLine(words.filter((word) => word !== '').join('  '));
}
