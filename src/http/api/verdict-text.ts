import { mostJobsShown } from '../../api/trigger-view.ts';
import type { FailedJob } from '../../domain/trigger/job.ts';
import { blockingJobsOf } from '../../domain/trigger/family.ts';
import type { Trigger, TriggerState } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';

/** Terminal sequences: colours, titles, cursors; also the rest of one that was cut. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.?)/g;
/** Control characters except line ends and tabs, and marks that change the direction of writing. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** Foreign text, made safe for a terminal. */
const plain = (text: string): string =>
  text.replaceAll(/\r\n?/g, '\n').replaceAll(sequences, '').replaceAll(controls, '');

const oneLine = (text: string): string => plain(text).replaceAll(/\s+/g, ' ').trim();

type Ended = Trigger & { readonly state: Extract<TriggerState, { readonly kind: 'finished' }> };

interface Words {
  /** The meaning of the outcome, where no reason is known. */
  readonly title: string;
  /** One more line, for a note about the answer itself. */
  readonly note: string | null;
}

/**
 * A verdict as text for a job's log: outcome, URL, reason, then each failed job once, with its URL and the last lines of
 * its log.
 */
export function verdictText(trigger: Ended, { title, note }: Words): string {
  const { outcome, reason, failedJobs } = trigger.state;
  const once = [...new Map(failedJobs.map((job) => [job.id, job])).values()].slice(0, mostJobsShown);
  const blocking = outcome === 'manual' ? blockingJobsOf(trigger).slice(0, mostJobsShown) : [];
  const lines = [outcome, pipelineOf(trigger)?.webUrl ?? null, reason ?? title, note];
  const head = [
    ...lines.filter((line) => line !== null).map(oneLine),
    ...blocking.map(({ name, stage, webUrl }) => headOf(name, stage, 'waits to be played', webUrl)),
  ];
  return `${[head.join('\n'), ...once.map(jobText)].join('\n\n')}\n`;
}

const headOf = (name: string, stage: string, what: string | null, url: string | null): string =>
  [`${name} (${stage})`, what, url]
    .filter((part) => part !== null)
    .map(oneLine)
    .join('  ');

function jobText({ name, stage, failureReason, webUrl, traceTail }: FailedJob): string {
  const log = plain(traceTail ?? '').trimEnd();
  const lines = log === '' ? [] : log.split('\n').map((line) => `  ${line}`.trimEnd());
  return [headOf(name, stage, failureReason ?? 'failed', webUrl), ...lines].join('\n');
}
