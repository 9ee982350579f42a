import { callerIdOf, isFrom } from '../../domain/access/claims.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import type { Policy, Verdict } from '../../domain/access/policy.ts';
import { permitIn, verdictsOn } from '../../domain/access/policy.ts';
import type { StartRequest } from './authorize.ts';
import { wantedBy } from './authorize.ts';

/** A policy's decision, for its author: unlike the answer to the job, it omits nothing. */
export interface PolicyDecision {
  readonly isAllowed: boolean;
  /** The caller that would own the trigger. */
  readonly caller: string;
  /** The rule that allows it. */
  readonly rule: Pick<Verdict, 'number' | 'name'> | null;
  /** Whether the request names another job as its upstream, which no rule allows. */
  readonly isForAnotherJob: boolean;
  readonly verdicts: readonly Verdict[];
}

export function explainPolicy(policy: Policy, claims: JobClaims, asked: StartRequest): PolicyDecision {
  const verdicts = verdictsOn(policy, claims, wantedBy(asked));
  const isForAnotherJob = !isFrom(claims, asked.request);
  const permit = isForAnotherJob ? undefined : permitIn(verdicts);
  return {
    isAllowed: permit !== undefined,
    caller: callerIdOf(claims),
    rule: permit === undefined ? null : { number: permit.number, name: permit.name },
    isForAnotherJob,
    verdicts,
  };
}
