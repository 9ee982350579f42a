import type { Outcome } from '../../domain/trigger/trigger.ts';

/** A note on stderr about the outcome, in addition to the Python command's text; null for none. */
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

/** The meaning of GitLab's short error messages for a caller. */
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

/** One line about an outcome, if there is something to add. */
export function noteOn(outcome: Outcome, reason: string | null): string | null {
  const saying = sayings[outcome];
  if (saying === null || reason === null) return saying;
  return `${saying}: ${adviceFor(reason)}`;
}
