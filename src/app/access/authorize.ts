import type { Caller } from '../../domain/access/caller.ts';
import { mayTrigger } from '../../domain/access/caller.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import { isFrom, upstreamOf } from '../../domain/access/claims.ts';
import { AppError } from '../../domain/error.ts';
import { clipList } from '../../domain/text.ts';
import type { Policy, Verdict, Wanted } from '../../domain/access/policy.ts';
import { hasRuleFor, ownVerdictsOn, permitIn, projectsAllowed } from '../../domain/access/policy.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import type { Log, Secrets } from '../ports/index.ts';

/** A request to start a pipeline. */
export interface StartRequest {
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  readonly callbackUrl: string | null;
}

/** Authorizes requests: by the caller's key, or by the policy for a CI job. */
export interface Authorizer {
  /**
   * Whether the policy has any rule for the caller: checked before the request's body is read.
   * @throws AppError `forbidden`
   */
  readonly admit: (caller: Caller) => void;
  /**
   * @returns the request to carry out: that of a CI job gets this job as its upstream.
   * @throws AppError `forbidden`
   */
  readonly start: (caller: Caller, asked: StartRequest) => TriggerRequest;
  /**
   * Playing and retrying start jobs, as a request to play or to retry does: the policy is evaluated for such a request.
   * @throws AppError `forbidden`
   */
  readonly steer: (caller: Caller, trigger: Trigger, how: Steering) => void;
}

export type Steering = { readonly play: readonly string[] | null } | 'retry';

interface Deps {
  readonly policy: Policy;
  readonly log: Pick<Log, 'info'>;
}

export function createAuthorizer({ policy, log }: Deps): Authorizer {
  function evaluate(caller: Caller, job: JobClaims, wanted: Wanted, about: object = {}): void {
    const verdicts = ownVerdictsOn(policy, job, wanted);
    if (permitIn(verdicts) !== undefined) return;
    const reason = reasonFor(verdicts, job);
    log.info({ caller: caller.id, jobId: job.jobId, ...about, reason }, 'the policy denies it');
    throw new AppError('forbidden', reason);
  }

  return {
    admit({ id, job }) {
      if (job === undefined || hasRuleFor(policy, job)) return;
      const reason = noRuleFor(job.projectPath);
      log.info({ caller: id, jobId: job.jobId, reason }, 'the policy denies it');
      throw new AppError('forbidden', reason);
    },

    start(caller, asked) {
      const { request } = asked;
      if (caller.job === undefined) {
        if (mayTrigger(caller, request.project)) return reported(caller, withPlaysIn(caller, request));
        throw new AppError(
          'forbidden',
          'project: this key may not start pipelines there; name a project by its path',
        );
      }
      if (!isFrom(caller.job, request))
        throw new AppError('forbidden', 'upstream: this is not the job that the id_token was made for');
      const wanted = wantedBy(asked);
      evaluate(caller, caller.job, wanted);
      const playsIn = projectsAllowed(policy, caller.job, wanted);
      return { ...request, upstream: upstreamOf(caller.job), playsIn };
    },

    steer(caller, { id: triggerId, request }, how) {
      if (caller.job === undefined) return;
      const play = { onManual: 'play', jobs: how === 'retry' ? null : how.play } as const;
      const { manual: _rules, ...short } = request;
      const steered = how === 'retry' ? { ...request, retry: true } : { ...short, ...play };
      const nothing = { variables: {}, inputs: {}, triggerToken: null, apiToken: null };
      evaluate(caller, caller.job, wantedBy({ request: steered, secrets: nothing, callbackUrl: null }), {
        triggerId,
      });
    },
  };
}

/** A report changes the upstream pipeline: that takes as much as to start one there. @throws AppError `forbidden` */
function reported(caller: Caller, request: TriggerRequest): TriggerRequest {
  if (request.report === undefined || request.upstream === null) return request;
  if (mayTrigger(caller, request.upstream.project)) return request;
  throw new AppError('forbidden', 'report: this key may not start pipelines in the project of upstream');
}

/** A key that is kept to projects has jobs of pipelines that were started in others played in these alone. */
const withPlaysIn = ({ role, projects }: Caller, request: TriggerRequest): TriggerRequest =>
  role === 'admin' || projects === null ? request : { ...request, playsIn: projects };

/** A request as policies see it. */
export const wantedBy = ({ request, secrets, callbackUrl }: StartRequest): Wanted => ({
  gitlabUrl: request.gitlabUrl,
  project: request.project,
  ref: request.ref,
  retry: request.retry,
  pipelineId: request.pipelineId,
  onManual: request.onManual,
  jobs: request.jobs,
  ...(request.manual === undefined ? {} : { manual: request.manual }),
  ...(request.autoRetry === undefined ? {} : { autoRetry: request.autoRetry }),
  ...(request.report === undefined ? {} : { report: request.report }),
  variables: secrets.variables,
  inputs: secrets.inputs,
  ...(secrets.manualVariables === undefined ? {} : { manualVariables: secrets.manualVariables }),
  triggerToken: secrets.triggerToken !== null,
  apiToken: secrets.apiToken !== null,
  callbackUrl: callbackUrl !== null,
});

/** The rules with the fewest objections are most likely the intended ones. */
const mostRules = 3;
/** A request may name hundreds of variables and jobs: an answer, and a line of the log, list a few. */
const mostObjections = 5;
const longestObjection = 70;

const noRuleFor = (projectPath: string): string => `the policy has no rule for jobs of ${projectPath}`;

/** Why the policy denies a request, by the rules about the job's project alone; other permissions are not disclosed. */
function reasonFor(verdicts: readonly Verdict[], { projectPath }: JobClaims): string {
  if (verdicts.length === 0) return noRuleFor(projectPath);
  const reasons = verdicts
    .toSorted((one, other) => one.objections.length - other.objections.length)
    .slice(0, mostRules)
    .map(({ number, objections }) => {
      const found = objections.map((each) => `${each.member}: ${each.found}`);
      return `rule ${number} does not allow ${clipList(found, { most: mostObjections, longest: longestObjection })}`;
    });
  return `the policy does not allow this to jobs of ${projectPath}: ${reasons.join('; ')}`;
}
