import type { Caller } from '../../domain/access/caller.ts';
import { mayTrigger } from '../../domain/access/caller.ts';
import type { JobClaims } from '../../domain/access/claims.ts';
import { isFrom, upstreamOf } from '../../domain/access/claims.ts';
import { AppError } from '../../domain/error.ts';
import { clipList } from '../../domain/text.ts';
import type { Policy, Verdict, Wanted } from '../../domain/access/policy.ts';
import { hasRuleFor, ownVerdictsOn, permitIn } from '../../domain/access/policy.ts';
import type { Trigger, TriggerRequest } from '../../domain/trigger/trigger.ts';
import type { Log, Secrets } from '../ports/index.ts';

/** What somebody asks to have started. */
export interface StartRequest {
  readonly request: TriggerRequest;
  readonly secrets: Secrets;
  readonly callbackUrl: string | null;
}

/** Whether callers may do what they ask for: by their key, or by the policy where a CI job calls. */
export interface Authorizer {
  /**
   * Whether the policy is about the caller at all: to be asked before what they send is read.
   * @throws AppError `forbidden`
   */
  readonly admit: (caller: Caller) => void;
  /**
   * @returns the request as it is to be carried out: that of a CI job is on behalf of this job.
   * @throws AppError `forbidden`
   */
  readonly start: (caller: Caller, asked: StartRequest) => TriggerRequest;
  /**
   * Playing and retrying start jobs, as a request to play or to retry would have: the policy is asked for one.
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
        if (mayTrigger(caller, request.project)) return request;
        throw new AppError(
          'forbidden',
          'project: this key may not start pipelines there; name a project by its path',
        );
      }
      if (!isFrom(caller.job, request))
        throw new AppError('forbidden', 'upstream: this is not the job that the id_token was made for');
      evaluate(caller, caller.job, wantedBy(asked));
      return { ...request, upstream: upstreamOf(caller.job) };
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
  variables: secrets.variables,
  inputs: secrets.inputs,
  ...(secrets.manualVariables === undefined ? {} : { manualVariables: secrets.manualVariables }),
  triggerToken: secrets.triggerToken !== null,
  apiToken: secrets.apiToken !== null,
  callbackUrl: callbackUrl !== null,
});

/** The rules that come closest are the ones that were meant. */
const mostRules = 3;
/** A request may bring hundreds of variables and jobs: an answer, and a line of the log, name a few. */
const mostObjections = 5;
const longestObjection = 70;

const noRuleFor = (projectPath: string): string => `the policy has no rule for jobs of ${projectPath}`;

/** Why the policy denies it: from the rules about the job's project alone, and not what else they allow. */
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
