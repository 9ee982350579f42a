import type { Outcome } from '../../domain/trigger/trigger.ts';

/** What to say on stderr about how it ended, besides what the Python command says; null when that says it all. */
const sayings: Readonly<Record<Outcome, string | null>> = {
  success: null,
  manual_passed: null,
  failed: null,
  canceled: 'the pipeline was canceled',
  skipped: 'the pipeline was skipped',
  manual: 'the pipeline is blocked',
  deadline: 'error: the time is up',
  error: 'error',
};

/** What GitLab's short answers mean to somebody who triggers pipelines. */
const hints: readonly (readonly [answer: RegExp, meaning: string])[] = [
  [/^404\b/, 'there is no such project or pipeline, or the token is not one for it'],
  [/^401\b/, 'the token is wrong or has expired'],
  [/^403\b/, 'the token does not allow it'],
  [/Reference not found/, 'there is no such branch or tag'],
  [/\(ENOTFOUND\)/, 'the name of the host does not resolve'],
  [/NODE_EXTRA_CA_CERTS/, 'its certificate is not trusted; `-v false` takes any'],
  [/the address at which GitLab itself answers/, 'here: -h'],
];

export function adviceFor(reason: string): string {
  const [, meaning] = hints.find(([answer]) => answer.test(reason)) ?? [];
  return meaning === undefined ? reason : `${reason} (${meaning})`;
}

/** One line about an outcome, if there is anything to add. */
export function noteOn(outcome: Outcome, reason: string | null): string | null {
  const saying = sayings[outcome];
  if (saying === null || reason === null) return saying;
  return `${saying}: ${adviceFor(reason)}`;
}
