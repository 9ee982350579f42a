import type { ApiFault, FaultPlan, HookFault } from '../../simulator/faults/fault-plan.ts';

/** How long things take that take too long; in real milliseconds but for those that the simulated clock measures. */
export interface Pace {
  readonly slowMs: number;
  readonly lateMs: number;
  /** By the simulated clock. */
  readonly resendMs: number;
  readonly retryAfterSeconds: number;
}

/** Everything that can become of a request, short of an answer that GitLab means. */
const troubles = ({ slowMs, retryAfterSeconds }: Pace): readonly ApiFault[] => [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 502, executes: true, body: '<html>502 Bad Gateway</html>' },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 504 },
  { kind: 'status', status: 504, executes: true },
  { kind: 'rateLimit', retryAfterSeconds },
  { kind: 'rateLimit' },
  { kind: 'resetBefore' },
  { kind: 'resetAfter' },
  { kind: 'hang' },
  { kind: 'hang', executes: true },
  { kind: 'slow', ms: slowMs },
  { kind: 'truncate' },
  { kind: 'truncate', looksWhole: true },
  { kind: 'html' },
];

const hookProblems = ({ lateMs, resendMs }: Pace): readonly HookFault[] => [
  { kind: 'drop' },
  { kind: 'fail' },
  { kind: 'duplicate' },
  { kind: 'delay', ms: lateMs },
  { kind: 'reorder', ms: lateMs },
  { kind: 'corrupt' },
  { kind: 'resend', ms: resendMs },
];

/** So that any of them strikes with this probability, each as likely as another: a list is gone through in order. */
export function evenly<Fault extends ApiFault | HookFault>(
  probability: number,
  faults: readonly Fault[],
): Fault[] {
  const share = probability / faults.length;
  return faults.map((fault, index) => ({ ...fault, probability: share / (1 - index * share) }));
}

/** Each request that creates a pipeline meets some trouble with this probability. */
export const troubleOnCreate = (probability: number, pace: Pace): ApiFault[] =>
  matching({ method: 'POST', path: /\/pipeline$/ }, evenly(probability, troubles(pace)));

/**
 * Each request and each hook meets some trouble with this probability. Among them is a token that GitLab does not
 * take for once: only while a pipeline is followed, as anywhere else that is an answer that GitLab means.
 */
export const troubleEverywhere = (probability: number, pace: Pace): FaultPlan => ({
  api: [
    ...matching(
      { method: 'GET', path: /\/pipelines\/\d+\/|\/trace$/ },
      evenly(probability, [...troubles(pace), { kind: 'unauthorized' }]),
    ),
    ...matching(
      { path: /^(?!.*(\/pipelines\/\d+\/|\/trace$))/, method: 'GET' },
      evenly(probability, troubles(pace)),
    ),
    ...matching({ method: 'POST' }, evenly(probability, troubles(pace))),
  ],
  hooks: evenly(probability, hookProblems(pace)),
});

const matching = (match: NonNullable<ApiFault['match']>, faults: readonly ApiFault[]): ApiFault[] =>
  faults.map((fault) => ({ ...fault, match }));
