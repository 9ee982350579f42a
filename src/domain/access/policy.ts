import type { JobClaims } from './claims.ts';
import { mayBeFork } from './claims.ts';
import { matches, matchesProject } from './pattern.ts';
import { mayRulePlay } from '../trigger/manual-rules.ts';
import type { OnManual, TriggerRequest } from '../trigger/trigger.ts';

/** Which CI jobs may start which pipelines. A request that no rule allows is denied. */
export interface Policy {
  readonly rules: readonly PolicyRule[];
}

/** Lists hold patterns; null matches anything. */
export interface PolicyRule {
  readonly name: string | null;
  readonly from: {
    readonly projects: readonly string[];
    readonly refs: readonly string[] | null;
    readonly refProtected: boolean | null;
    readonly environments: readonly string[] | null;
    readonly pipelineSources: readonly string[] | null;
    readonly forks: boolean;
  };
  readonly to: {
    readonly gitlabUrl: string;
    readonly projects: readonly string[];
    readonly refs: readonly string[];
    readonly variables: PolicyValues;
    readonly inputs: PolicyValues;
    readonly onManual: readonly OnManual[];
    readonly jobs: readonly string[];
    readonly retry: boolean;
    readonly gate: readonly string[];
    readonly commitStatus: readonly string[];
    readonly triggerToken: boolean;
    readonly apiToken: boolean;
    readonly callbackUrl: boolean;
  };
}

/** Patterns of names, each with patterns of its allowed values. */
export type PolicyValues = readonly (readonly [name: string, values: readonly string[]])[];

/** The input of a policy. */
export interface Wanted extends Pick<
  TriggerRequest,
  | 'gitlabUrl'
  | 'project'
  | 'ref'
  | 'retry'
  | 'pipelineId'
  | 'onManual'
  | 'jobs'
  | 'manual'
  | 'autoRetry'
  | 'report'
> {
  readonly variables: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What each rule for manual jobs sends with its plays. */
  readonly manualVariables?: readonly Readonly<Record<string, string>>[];
  /** The secrets that the request brings. */
  readonly triggerToken: boolean;
  readonly apiToken: boolean;
  readonly callbackUrl: boolean;
}

/** Why a rule does not allow a request: a member of the rule, what is there instead, and what the rule allows. */
export interface Objection {
  readonly member: string;
  readonly found: string;
  readonly allowed: string;
}

/** The objections of a rule to a request; it allows a request without any. */
export interface Verdict {
  /** The rule's position in the policy, from 1. */
  readonly number: number;
  readonly name: string | null;
  /** Whether the rule is about the job's project. */
  readonly isAboutCaller: boolean;
  readonly objections: readonly Objection[];
}

/** The verdict of each rule on a job's request, in the order of the policy. */
export const verdictsOn = (policy: Policy, claims: JobClaims, wanted: Wanted): readonly Verdict[] =>
  policy.rules.map((rule, index) => verdictOf(rule, index, claims, wanted));

/** Whether a rule is about the project of the job; the rest of other rules is not evaluated. */
export const hasRuleFor = (policy: Policy, claims: JobClaims): boolean =>
  policy.rules.some(({ from }) => isFromProject(from, claims));

/** The verdicts of the rules about the job's project, in the order of the policy, up to the first that allows it. */
export function ownVerdictsOn(policy: Policy, claims: JobClaims, wanted: Wanted): readonly Verdict[] {
  const verdicts: Verdict[] = [];
  for (const [index, rule] of policy.rules.entries()) {
    if (!isFromProject(rule.from, claims)) continue;
    const verdict = verdictOf(rule, index, claims, wanted);
    verdicts.push(verdict);
    if (verdict.objections.length === 0) break;
  }
  return verdicts;
}

/**
 * The projects in which a job might have asked for the same: where the pipeline of its request starts others in them,
 * what it may have played there is no more than that.
 */
export const projectsAllowed = (policy: Policy, claims: JobClaims, wanted: Wanted): readonly string[] =>
  policy.rules
    .filter((rule, index) =>
      verdictOf(rule, index, claims, wanted).objections.every(({ member }) => member === 'to.project'),
    )
    .flatMap(({ to }) => to.projects);

function verdictOf(rule: PolicyRule, index: number, claims: JobClaims, wanted: Wanted): Verdict {
  const isAboutCaller = isFromProject(rule.from, claims);
  const objections = [...objectionsToJob(rule, claims), ...objectionsToRequest(rule, wanted)];
  return { number: index + 1, name: rule.name, isAboutCaller, objections };
}

/** The first verdict that allows the request. */
export const permitIn = (verdicts: readonly Verdict[]): Verdict | undefined =>
  verdicts.find(({ objections }) => objections.length === 0);

const isFromProject = ({ projects }: PolicyRule['from'], { projectPath, projectId }: JobClaims): boolean =>
  projects.some(
    (pattern) => matchesProject(projectPath, pattern) || matchesProject(String(projectId), pattern),
  );

const isAny = (text: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(text, pattern));

const list = (texts: readonly string[]): string => (texts.length === 0 ? 'none' : texts.join(', '));

/** Each condition on the job: whether it holds, and the objection if not. */
function objectionsToJob({ from }: PolicyRule, claims: JobClaims): readonly Objection[] {
  const { projectPath, ref, refProtected, environment, pipelineSource } = claims;
  const { refs, environments, pipelineSources } = from;
  const isProtectedAsWanted = from.refProtected === null || from.refProtected === refProtected;
  return objections([
    [isFromProject(from, claims), 'from.project_path', projectPath, list(from.projects)],
    [refs === null || isAny(ref, refs), 'from.ref', ref, list(refs ?? [])],
    [isProtectedAsWanted, 'from.ref_protected', String(refProtected), String(from.refProtected)],
    [
      environments === null || (environment !== null && isAny(environment, environments)),
      'from.environment',
      environment ?? 'no environment',
      list(environments ?? []),
    ],
    [
      pipelineSources === null || isAny(pipelineSource, pipelineSources),
      'from.pipeline_source',
      pipelineSource,
      list(pipelineSources ?? []),
    ],
    [from.forks || !mayBeFork(claims), 'from.forks', 'a merge request that may be of a fork', 'no forks'],
  ]);
}

/** Each condition on the request. Values of variables and inputs may be secret: they are not named. */
function objectionsToRequest({ to }: PolicyRule, wanted: Wanted): readonly Objection[] {
  const { gitlabUrl, project, ref } = wanted;
  const { actions, jobs } = manualWork(wanted);
  const strangeActions = actions.filter((action) => !to.onManual.includes(action));
  const strangeJobs = jobs.filter((job) => !isAny(job, to.jobs));
  const wantsRetry = wanted.retry || wanted.pipelineId !== null;
  const isProject = to.projects.some((pattern) => matchesProject(project, pattern));
  return objections([
    [gitlabUrl === to.gitlabUrl, 'to.gitlabUrl', gitlabUrl, to.gitlabUrl],
    [isProject, 'to.project', project, list(to.projects)],
    [isAny(ref, to.refs), 'to.ref', ref, list(to.refs)],
    ...[wanted.variables, ...(wanted.manualVariables ?? [])].flatMap((variables) =>
      valueChecks('to.variables', variables, to.variables),
    ),
    ...valueChecks('to.inputs', wanted.inputs, to.inputs),
    [strangeActions.length === 0, 'to.onManual', list(strangeActions), list(to.onManual)],
    [strangeJobs.length === 0, 'to.jobs', list(strangeJobs), list(to.jobs)],
    [to.retry || !wantsRetry, 'to.retry', 'retry or pipelineId', 'no retry'],
    [to.retry || wanted.autoRetry === undefined, 'to.retry', 'autoRetry', 'no retry'],
    ...nameChecks('to.gate', wanted.report?.gate, to.gate),
    ...nameChecks('to.commitStatus', wanted.report?.commitStatus, to.commitStatus),
    [to.triggerToken || !wanted.triggerToken, 'to.triggerToken', 'a triggerToken', 'none'],
    [to.apiToken || !wanted.apiToken, 'to.apiToken', 'an apiToken', 'none'],
    [to.callbackUrl || !wanted.callbackUrl, 'to.callbackUrl', 'a callbackUrl', 'none'],
  ]);
}

/**
 * What a request asks for manual jobs, in the words of the short form, and the jobs that it names to be played.
 * A rule that matches every job plays what `onManual: play` alone does; waiting and failing need no permission.
 */
function manualWork({ onManual, jobs, manual }: Wanted) {
  if (manual === undefined) return { actions: [onManual], jobs: jobs ?? [] };
  const plays = manual.filter(mayRulePlay);
  const passes = manual.some(({ action, onTimeout }) => action === 'pass' || onTimeout === 'pass');
  return {
    actions: [...(plays.length > 0 ? ['play' as const] : []), ...(passes ? ['pass' as const] : [])],
    jobs: plays.flatMap(({ job }) => (job === undefined || /^\*+$/.test(job) ? [] : [job])),
  };
}

type Check = readonly [holds: boolean, member: string, found: string, allowed: string];

const objections = (checks: readonly Check[]): readonly Objection[] =>
  checks.filter(([holds]) => !holds).map(([, member, found, allowed]) => ({ member, found, allowed }));

const nameChecks = (
  member: string,
  name: string | null | undefined,
  allowed: readonly string[],
): readonly Check[] => (name == null ? [] : [[isAny(name, allowed), member, name, list(allowed)]]);

function valueChecks(
  member: string,
  given: Readonly<Record<string, unknown>>,
  allowed: PolicyValues,
): Check[] {
  return Object.entries(given).map(([name, value]) => {
    const rows = allowed.filter(([pattern]) => matches(name, pattern));
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const holds = rows.some(([, values]) => isAny(text, values));
    if (rows.length === 0) return [false, member, name, list(allowed.map(([pattern]) => pattern))];
    return [holds, member, `${name} with this value`, list(rows.flatMap(([, values]) => values))];
  });
}
