import type { RequestHandler } from 'express';
import type { TriggerStore } from '../../app/ports/index.ts';
import { maySee } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { countedOnGate } from '../../domain/trigger/upstream-reports.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import type { Authenticate } from '../middleware/authenticate.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { relativeLocation } from '../middleware/request-path.ts';
import { readQuery } from './query.ts';
import { upstreamVerdictRoute } from './routes/waiting.ts';
import type { Finished } from './verdict.ts';
import { isFinishedTrigger, statusOf } from './verdict.ts';
import type { WaitDeps } from './wait.ts';
import { holdUntilFinished } from './wait.ts';

interface Deps extends WaitDeps {
  readonly store: Pick<TriggerStore, 'findByUpstream'>;
  readonly authenticate: Authenticate;
}

/** An id and a path may be the same project: ids of pipelines are unique in the GitLab that reports go to. */
const mayBeSame = (one: string, other: string): boolean =>
  /^\d+$/.test(one) !== /^\d+$/.test(other) || one.toLowerCase() === other.toLowerCase();

/** The trigger whose end is that of all: the first that did not succeed, else the newest. */
const decisive = (ended: readonly Finished[]): Finished | null =>
  ended.find(({ state }) => statusOf[state.outcome] !== 200) ?? ended.at(-1) ?? null;

/** `GET /v1/verdict`: how the triggers that report to an upstream pipeline ended, for its gate job to ask. */
export function upstreamVerdict({ store, authenticate, ...waiting }: Deps): RequestHandler {
  return async function answerUpstreamVerdict(request, response) {
    const caller = await callerOf(request, authenticate);
    const { project, pipelineId, gate, wait: seconds, mode } = readQuery(request, upstreamVerdictRoute.query);

    const isMeant = (trigger: Trigger): boolean => {
      const { report, upstream } = trigger.request;
      if (report === undefined || upstream === null || !mayBeSame(upstream.project, project)) return false;
      return (gate === undefined || report.gate === gate) && maySee(caller, trigger);
    };
    const findCounted = async (): Promise<readonly Trigger[]> =>
      countedOnGate((await store.findByUpstream(pipelineId as PipelineId)).filter(isMeant));

    const counted = await findCounted();
    const held = counted.find((trigger) => !isFinished(trigger)) ?? counted.at(-1);
    if (held === undefined)
      throw new AppError('not_found', 'no trigger of this caller reports to this pipeline and gate');
    await holdUntilFinished(
      response,
      { id: held.id, caller },
      {
        mode,
        seconds,
        followTo: relativeLocation(request, `/v1/verdict${/\?.*$/s.exec(request.url)?.[0] ?? ''}`),
        conclude: async () => {
          const now = await findCounted();
          return now.every(isFinishedTrigger) ? decisive(now) : null;
        },
      },
      waiting,
    );
  };
}
