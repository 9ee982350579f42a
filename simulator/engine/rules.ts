import { evaluateCondition } from './expression.ts';
import type { When } from './model.ts';
import type { RuleEntry } from './config-entries.ts';

export type RuleVerdict = {
  readonly when: When | undefined;
  readonly allowFailure: boolean | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
};

/** The first rule that holds, or null when none does: the job is left out then. */
export function firstRule(
  rules: readonly RuleEntry[],
  variables: ReadonlyMap<string, string>,
): RuleVerdict | null {
  const rule = rules.find((each) => each.if === undefined || evaluateCondition(each.if, variables));
  if (rule === undefined) return null;
  return { when: rule.when, allowFailure: rule.allow_failure, variables: rule.variables ?? {} };
}
