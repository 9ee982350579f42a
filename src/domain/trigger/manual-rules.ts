import { matches } from '../access/pattern.ts';
import type { JobId } from '../ids.ts';
import type { Job } from './job.ts';
import { isBlocking, isPlayable } from './job.ts';

/** The action of a rule on a manual job. */
export type ManualAction = 'play' | 'wait' | 'approve' | 'pass' | 'fail';

/** Each of them, for parsers. */
export const manualActions = [
  'play',
  'wait',
  'approve',
  'pass',
  'fail',
] as const satisfies readonly ManualAction[];

/** What follows when nobody has played or approved a job in time. */
export const timeoutActions = ['fail', 'pass', 'play', 'cancel'] as const;

export type OnTimeout = (typeof timeoutActions)[number];

/** What a job that a rule leaves to a person has come to. */
export type HeldJobFate = 'wait' | 'play' | 'pass' | 'fail';

/** When a job is played: once its pipeline is at a standstill, or as soon as GitLab allows it. */
export const playTimes = ['blocked', 'playable'] as const;

/** What to do about the manual jobs that it matches: all members given must match, and `*` matches anything. */
export interface ManualRule {
  readonly job?: string;
  readonly stage?: string;
  /** Of the environment that the job deploys to. */
  readonly environment?: string;
  /** GitLab's deployment tier of that environment. */
  readonly tier?: string;
  /** In a child pipeline, or not in one; either unless given. */
  readonly child?: boolean;
  readonly action: ManualAction;
  /** `blocked` unless given. */
  readonly when?: (typeof playTimes)[number];
  /** How long `wait` and `approve` wait; until the trigger's deadline unless given. */
  readonly timeoutSeconds?: number;
  /** `fail` unless given. */
  readonly onTimeout?: OnTimeout;
  /** The names of the variables that it sends with a play: their values are kept apart, encrypted. */
  readonly sends?: readonly string[];
}

/** The part of a request about manual jobs: rules, or their short form. */
export interface ManualRequest {
  readonly onManual: 'fail' | 'pass' | 'play';
  readonly jobs: readonly string[] | null;
  readonly manual?: readonly ManualRule[];
}

/** A rule, and whether its `job` is a literal name: in the short form `*` is a letter like any other. */
type Rule = ManualRule & { readonly isLiteral?: true };

/** The rules of a request; the short form is translated into rules, so that one function decides. */
export function rulesOf({ manual, onManual, jobs }: ManualRequest): readonly Rule[] {
  if (manual !== undefined) return manual;
  if (onManual !== 'play' || jobs === null) return [{ job: '*', action: onManual }];
  return jobs.map((job) => ({ job, action: 'play', isLiteral: true }));
}

const fitsName = (name: string, pattern: string): boolean => matches(name, pattern.replaceAll(/\*+/g, '**'));

/** What is not known fits nothing that is asked for. */
const fitsIfAsked = (shown: string | null | undefined, pattern: string | undefined): boolean =>
  pattern === undefined || (shown != null && fitsName(shown, pattern));

const fits = ({ job, stage, environment, tier, child, isLiteral }: Rule, shown: Job): boolean =>
  (job === undefined || job === shown.name || (isLiteral !== true && fitsName(shown.name, job))) &&
  fitsIfAsked(shown.stage, stage) &&
  fitsIfAsked(shown.environment?.name, environment) &&
  fitsIfAsked(shown.environment?.tier, tier) &&
  (child === undefined || child === (shown.pipelineId !== undefined));

/** The first rule of a request that matches a job: it decides. */
export const ruleFor = (request: ManualRequest, job: Job): ManualRule | undefined =>
  decisiveRule(rulesOf(request), job);

/** The first rule that matches a job decides. An optional job is matched only by its exact name. */
function decisiveRule(rules: readonly Rule[], job: Job): Rule | undefined {
  const rule = rules.find((each) => fits(each, job));
  if (isBlocking(job)) return rule;
  const isTouched = (rule?.action === 'play' || rule?.action === 'approve') && rule.job === job.name;
  return isTouched ? rule : undefined;
}

/** Whether a rule may have a job played: by itself, after an approval, or once its time is up. */
export const mayRulePlay = ({
  action,
  onTimeout,
}: {
  readonly action: ManualAction;
  readonly onTimeout?: OnTimeout | undefined;
}): boolean => action === 'play' || action === 'approve' || onTimeout === 'play';

/** What is done about a job, as things are. @param fates what the jobs that wait for a person have come to */
function actionOn(rule: Rule, job: Job, fates: ReadonlyMap<JobId, HeldJobFate>): HeldJobFate {
  const { action } = rule;
  return action === 'wait' || action === 'approve' ? (fates.get(job.id) ?? 'wait') : action;
}

/** The place, from 0, of the rule whose variables go with the play of a job; undefined where none do. */
export function senderFor(request: ManualRequest, job: Job): number | undefined {
  const place = rulesOf(request).findIndex((rule) => fits(rule, job));
  return request.manual?.[place]?.sends === undefined ? undefined : place;
}

/** A job to play, and whether it may be played while other jobs run. */
export interface Choice {
  readonly job: Job;
  readonly isEarly: boolean;
}

/** The waiting jobs that the rules play: in pipeline order, or in that of the names in the short form. */
export function jobsToPlayBy(
  request: ManualRequest,
  jobs: readonly Job[],
  heldFates: ReadonlyMap<JobId, HeldJobFate> = noFates,
): readonly Choice[] {
  const rules = rulesOf(request);
  const chosen = jobs.filter(isPlayable).flatMap((job) => {
    const rule = decisiveRule(rules, job);
    return rule !== undefined && actionOn(rule, job, heldFates) === 'play'
      ? [{ job, isEarly: rule.when === 'playable', rule }]
      : [];
  });
  if (request.manual !== undefined) return chosen;
  return chosen.toSorted((one, other) => rules.indexOf(one.rule) - rules.indexOf(other.rule));
}

const noFates: ReadonlyMap<JobId, HeldJobFate> = new Map();

/** The order of precedence when several jobs block and none is left to play. */
const precedence = ['wait', 'fail', 'pass'] as const;

/**
 * What to do with a blocked pipeline when no job is left to play: `wait` for a person, or its outcome.
 * @param playedIds the jobs that this trigger has played, or was refused: no rule applies to them any more
 */
export function whenBlocked(
  request: ManualRequest,
  jobs: readonly Job[],
  playedIds: ReadonlySet<JobId>,
  heldFates: ReadonlyMap<JobId, HeldJobFate> = noFates,
): (typeof precedence)[number] {
  const rules = rulesOf(request);
  const blocking = jobs.filter(isBlocking);
  const [first] = rules;
  // Where the blocking jobs are not shown, only a rule that matches every job can decide.
  if (blocking.length === 0) return first?.job === '*' && first.action === 'pass' ? 'pass' : 'fail';
  const fates = blocking.map((job) => {
    const rule = playedIds.has(job.id) ? undefined : decisiveRule(rules, job);
    const action = rule === undefined ? 'fail' : actionOn(rule, job, heldFates);
    return action === 'play' ? 'fail' : action;
  });
  return precedence.find((fate) => fates.includes(fate)) ?? 'fail';
}

/** The same of optional jobs that wait to be approved, in a pipeline that has ended without them; null where none does. */
export function whenOptionalWaits(
  request: ManualRequest,
  jobs: readonly Job[],
  playedIds: ReadonlySet<JobId>,
  heldFates: ReadonlyMap<JobId, HeldJobFate>,
): (typeof precedence)[number] | null {
  const rules = rulesOf(request);
  const fates = jobs
    .filter((job) => isPlayable(job) && !isBlocking(job) && !playedIds.has(job.id))
    .flatMap((job) => {
      const rule = decisiveRule(rules, job);
      return rule === undefined ? [] : actionOn(rule, job, heldFates);
    });
  return precedence.find((fate) => fates.includes(fate)) ?? null;
}

/** Whether the rules may play anything, so that the jobs of the pipeline matter. */
export const mayPlay = (request: ManualRequest): boolean => rulesOf(request).some(mayRulePlay);

/** Whether a rule allows a job to be played while the pipeline runs. */
export const mayPlayEarly = (request: ManualRequest): boolean =>
  rulesOf(request).some(({ action, when }) => action === 'play' && when === 'playable');

/** The jobs that rules name to be played; they may be optional. */
export const namedToPlay = (request: ManualRequest): readonly string[] =>
  rulesOf(request).flatMap(({ job, action, isLiteral }) =>
    (action === 'play' || action === 'approve') &&
    job !== undefined &&
    (isLiteral === true || !job.includes('*'))
      ? [job]
      : [],
  );

const textOf = ({ action, job, stage, environment, tier, child, when, ...more }: ManualRule): string =>
  [
    action,
    (job ?? (stage ?? environment ?? tier ?? '*') === '*') ? '*' : '',
    stage === undefined ? '' : `in stage ${stage}`,
    environment === undefined ? '' : `of environment ${environment}`,
    tier === undefined ? '' : `of tier ${tier}`,
    child === undefined ? '' : child ? 'in child pipelines' : 'not in child pipelines',
    when === 'playable' ? 'as soon as it can be played' : '',
    more.timeoutSeconds === undefined ? '' : `for ${more.timeoutSeconds} s, then ${more.onTimeout ?? 'fail'}`,
  ]
    .filter((part) => part !== '')
    .join(' ');

/** The rules for manual jobs as text; null in the short form. */
export const rulesText = ({ manual }: ManualRequest): string | null =>
  manual === undefined ? null : manual.map(textOf).join('; ');
