import { z } from 'zod';
import { triggerIdVariable } from '../domain/ids.ts';
import type { ManualRule } from '../domain/trigger/manual-rules.ts';
import { manualActions, mayRulePlay, playTimes, timeoutActions } from '../domain/trigger/manual-rules.ts';

const unicode = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), 'expected Unicode text');
const name = unicode.max(255);

/** Source: GitLab app/models/environment.rb, enum tier */
const tiers: readonly string[] = ['production', 'staging', 'testing', 'development', 'other'];
/** A tier that there is not would never fit, whatever its author meant. */
const tier = name.regex(
  new RegExp(`^(?:${tiers.join('|')})$|\\*`),
  `expected ${tiers.join(', ')}, or a pattern with *`,
);

const members = {
  job: name.optional().meta({ description: 'The name of the jobs that it fits; `*` fits anything.' }),
  stage: name.optional().meta({ description: 'The stage of the jobs that it fits; `*` fits anything.' }),
  environment: name.optional().meta({
    description:
      'The environment that the jobs deploy to; `*` fits anything. Known from webhooks only, never of bridges.',
  }),
  tier: tier.optional().meta({
    examples: ['production'],
    description:
      'GitLab’s deployment tier of that environment: `production`, `staging` …; `*` fits anything.',
  }),
  child: z
    .boolean()
    .optional()
    .meta({ description: 'Whether the jobs that it fits are in a child pipeline; either unless given.' }),
  action: z.enum(manualActions).meta({
    description:
      '`play`; `wait` for a person who plays it in GitLab; `approve`: as `wait`, and the service plays it when somebody approves; `pass`: success as it stands; `fail`: outcome `manual`.',
  }),
  timeoutSeconds: z.number().int().positive().max(31_536_000).optional().meta({
    description:
      'How long `wait` and `approve` wait, from when the job was first seen waiting; until the deadline unless given.',
  }),
  onTimeout: z
    .enum(timeoutActions)
    .optional()
    .meta({ description: 'What follows then; `fail` unless given.' }),
  when: z.enum(playTimes).optional().meta({
    description:
      'Of `play`, `wait` and `approve`: once the pipeline is at a standstill (`blocked`, the default), or as soon as GitLab lets the job be played.',
  }),
} as const;

/** A rule as callers see it, without the values of its variables, which may be secret. */
export const shownRuleSchema = z.object(members).meta({ id: 'ShownManualRule' });

const waits = (action: ManualRule['action']): boolean => action === 'wait' || action === 'approve';
const ends = (action: ManualRule['action']): boolean => action === 'pass' || action === 'fail';

const variables = z
  .record(name, z.string())
  .refine((given) => !Object.hasOwn(given, triggerIdVariable), `${triggerIdVariable} is set by this service`)
  .optional()
  .meta({ description: 'CI/CD variables of the job, sent with the play. Kept encrypted, never shown.' });

/** Rules for manual jobs, see docs/manual-jobs.md; members that are not listed are refused. */
export const manualRuleSchema = z
  .strictObject({ ...members, variables })
  .refine(({ action, when }) => when === undefined || !ends(action), {
    path: ['when'],
    error: 'only a rule that plays, waits or asks for an approval has it',
  })
  .refine(({ action, timeoutSeconds }) => timeoutSeconds === undefined || waits(action), {
    path: ['timeoutSeconds'],
    error: 'only a rule that waits or asks for an approval has it',
  })
  .refine(({ timeoutSeconds, onTimeout }) => onTimeout === undefined || timeoutSeconds !== undefined, {
    path: ['onTimeout'],
    error: 'only a rule with timeoutSeconds has it',
  })
  .refine((rule) => rule.variables === undefined || mayRulePlay(rule), {
    path: ['variables'],
    error: 'only a rule that plays has them',
  })
  .meta({ id: 'ManualRule' });

/** At most as many as there may be jobs to name. */
export const manualRulesSchema = z.array(manualRuleSchema).min(1).max(200);

/** A rule as it is written, with what is sent with its plays. */
export type ManualRuleInput = z.infer<typeof manualRuleSchema>;

/** Rules, and apart from them what must not be kept in the clear. */
export function splitRules(given: readonly ManualRuleInput[] | null | undefined): {
  readonly rules?: readonly ManualRule[];
  readonly manualVariables?: readonly Readonly<Record<string, string>>[];
} {
  if (given == null) return {};
  const rules = given.map(ruleFrom);
  const isPlain = given.every((rule) => rule.variables === undefined);
  return isPlain ? { rules } : { rules, manualVariables: given.map((rule) => rule.variables ?? {}) };
}

/** A rule without the members that were left out, and without the values of its variables. */
function ruleFrom({ variables: sent = {}, ...rule }: ManualRuleInput): ManualRule {
  const sends = Object.keys(sent);
  const given = Object.entries(rule).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(given) as unknown as ManualRule), ...(sends.length > 0 ? { sends } : {}) };
}

/** A rule as it is shown. */
export const ruleView = ({ sends: _names, ...rule }: ManualRule): z.infer<typeof shownRuleSchema> => rule;
