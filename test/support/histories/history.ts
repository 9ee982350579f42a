import { readdirSync, readFileSync } from 'node:fs';
import type { PipelineReading } from '../../../src/domain/trigger/event.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import type { Edits } from './edits.ts';
import { edited, editsBetween } from './edits.ts';

/** What set the pipeline going again: a play or a retry of the trigger's own, or a person's. */
export interface Opening {
  readonly who: 'we' | 'person';
  /** The job that was played; null for a retry of the pipeline. */
  readonly played: number | null;
}

export interface Hook {
  readonly event: string;
  /** As GitLab sent it. */
  readonly body: unknown;
}

/** A stretch of time in which the pipeline stands as it does: what GitLab answers then, and the hooks it sent. */
export interface Moment {
  readonly opening: Opening | null;
  readonly reading: PipelineReading;
  readonly hooks: readonly Hook[];
}

/** The life of one pipeline, from its beginning or from when it is to be retried. */
export interface History {
  readonly name: string;
  /** Where it was recorded. */
  readonly source: string;
  /** What the trigger asks for. */
  readonly request: Pick<TriggerRequest, 'project' | 'retry' | 'onManual' | 'jobs'>;
  readonly moments: readonly Moment[];
}

const directory = new URL('../../fixtures/histories/', import.meta.url);

/** The id of the trigger that the recorded pipelines carry. */
export const recordedTriggerId = 'trg_recorded';

/** Base URL of the GitLab in the recorded histories. */
export const recordedUrl = 'https://gitlab.example.com';

type Line =
  | Omit<History, 'moments'>
  | { readonly opening: Opening | null; readonly reading: Edits }
  | { readonly event: string; readonly body: Edits };

/** One line for each moment and each hook: what differs from the one of its kind before. */
export function historyToText({ moments, ...about }: History): string {
  const before = new Map<string, unknown>();
  const changes = (kind: string, value: unknown): Edits => {
    const edits = editsBetween(before.get(kind), value);
    before.set(kind, value);
    return edits;
  };
  const lines: readonly Line[] = [
    about,
    ...moments.flatMap(({ opening, reading, hooks }): readonly Line[] => [
      { opening, reading: changes('reading', reading) },
      ...hooks.map(({ event, body }) => ({ event, body: changes(event, body) })),
    ]),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function historyFrom(text: string): History {
  const [about, ...lines] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const before = new Map<string, unknown>();
  const changed = (kind: string, edits: Edits): unknown => {
    const value = edited(before.get(kind), edits);
    before.set(kind, value);
    return value;
  };
  const moments: { opening: Opening | null; reading: PipelineReading; hooks: Hook[] }[] = [];
  for (const line of lines) {
    if ('reading' in line)
      moments.push({
        opening: line.opening,
        reading: changed('reading', line.reading) as PipelineReading,
        hooks: [],
      });
    if ('event' in line)
      moments.at(-1)?.hooks.push({ event: line.event, body: changed(line.event, line.body) });
  }
  return { ...(about as Omit<History, 'moments'>), moments };
}

/** Where the history of a name is kept. */
export const historyFile = (name: string): URL => new URL(`${name}.jsonl`, directory);

/** Every history that was recorded. How: scripts/record-histories.ts */
export const recordedHistories: readonly History[] = readdirSync(directory)
  .filter((file) => file.endsWith('.jsonl'))
  .sort()
  .map((file) => historyFrom(readFileSync(new URL(file, directory), 'utf8')));
