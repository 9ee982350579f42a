import type { Command } from 'commander';
import { Option } from 'commander';
import { Failure } from '../../../client/errors.ts';
import { outcomes } from '../../../domain/trigger/trigger.ts';
import type { TriggerView } from '../../../api/trigger-view.ts';
import type { Context, Register } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { plainLine } from '../../../domain/terminal-text.ts';
import { printJson } from '../print.ts';

interface ReasonOption extends JsonOption {
  readonly reason?: string;
}

interface ResolveOptions extends ReasonOption {
  readonly as: string;
}

interface Steering {
  readonly id: string;
  readonly to: string;
  readonly body?: object;
  readonly json?: boolean | undefined;
  /** The result as text: the trigger alone does not show it. */
  readonly done?: (trigger: TriggerView, before: TriggerView) => string;
}

/** Requests an action on a trigger, and prints its state afterwards. */
export async function steer(
  context: Context,
  { id: given, to, body, json = false, done }: Steering,
): Promise<void> {
  const [{ connectService, triggerPath }, { wholeId }] = await Promise.all([
    import('../service.ts'),
    import('../short-ids.ts'),
  ]);
  const service = connectService(context.env);
  const id = await wholeId(service, 'trigger', given);
  const before = done === undefined ? null : ((await service.get(triggerPath(id))) as TriggerView);
  const trigger = (await service.post(triggerPath(id, `/${to}`), body)) as TriggerView;
  if (json) printJson(context.stdout, trigger);
  else {
    const text = before === null ? undefined : done?.(trigger, before);
    const lines = [triggerLine(trigger), ...(text === undefined ? [] : [plainLine(text)])];
    context.stdout.write(`${lines.join('\n')}\n`);
  }
}

/** The result of a request to cancel. */
function canceled({ outcome }: TriggerView, before: TriggerView): string {
  if (before.outcome !== null) return `nothing was canceled: it had ended ${before.outcome}`;
  if (outcome === null) return 'the pipeline is being canceled; the trigger ends when GitLab shows it';
  return outcome === 'canceled' ? 'canceled' : 'nothing was canceled: it had finished';
}

/** The result of a request to play; for a name without a waiting job the service answers with an error. */
function played(jobs: readonly string[], { outcome, playedJobs }: TriggerView, before: TriggerView): string {
  const known = new Set(before.playedJobs.map(({ id }) => id));
  const fresh = playedJobs.filter(({ id }) => !known.has(id)).map(({ name }) => name);
  if (fresh.length > 0) return `played: ${fresh.join(', ')}`;
  const done = new Set(before.playedJobs.map(({ name }) => name));
  if (jobs.length > 0 && jobs.every((name) => done.has(name))) return `played before: ${jobs.join(', ')}`;
  if (jobs.length > 0) return `being played: ${jobs.join(', ')}`;
  return outcome === null && isBlocked(before)
    ? 'what blocks is being played'
    : 'nothing was played: no manual job blocks';
}

const isBlocked = ({ outcome, pipelineStatus }: TriggerView): boolean =>
  outcome === 'manual' || pipelineStatus === 'manual' || pipelineStatus === 'skipped';

/** The result of a request to retry. */
function retried({ outcome }: TriggerView, before: TriggerView): string {
  if (outcome !== null)
    return outcome === 'success'
      ? 'nothing was retried: it succeeded, so nothing of it has failed'
      : 'nothing was retried: it has no pipeline';
  if (before.outcome === null) return 'what has failed is being retried; it was pending already';
  const failed = before.failedJobs.map(({ name }) => name);
  const what = failed.length === 0 ? 'what has not succeeded' : failed.join(', ');
  return `being retried: ${what}; it is pending again`;
}

/** The state of a trigger on one line. */
export function triggerLine({ id, project, ref, outcome, pipelineStatus, reason }: TriggerView): string {
  const standing =
    outcome === null ? `pending, ${pipelineStatus ?? 'no pipeline yet'}` : `finished, ${outcome}`;
  return plainLine(`${id}  ${project} ${ref}  ${standing}${reason === null ? '' : `: ${reason}`}`);
}

const sayWhy = (): Failure => new Failure('--reason: say why', exitCodes.usage);

/** The reason for an action: the given one, or what the operator enters; null without a terminal. */
async function reasonOf({ ask }: Context, given: string | undefined): Promise<string | null> {
  if (given === undefined && ask === null) return null;
  const reason = (given ?? (await ask?.('Why? It goes into the audit log: ')) ?? '').trim();
  if (reason === '') throw sayWhy();
  return reason;
}

const byNobody = async ({ parts }: Context): Promise<string> =>
  `by ${await parts.whoami()}, with pipeline-trigger`;

const idText = 'of the trigger, or the beginning of it: trg_…';

interface ApprovalOptions extends JsonOption {
  readonly comment?: string;
}

/** `approve` and `reject`: a decision about a job that waits to be approved. */
function registerApproval(program: Command, context: Context, to: 'approve' | 'reject'): void {
  const texts = {
    approve: ['approve a manual job: it is played', 'approved; the job is played'],
    reject: ['reject a manual job: the trigger ends', 'rejected'],
  } as const;
  const [description, done] = texts[to];
  const command = program
    .command(to)
    .description(description)
    .argument('<id>', idText)
    .argument('[job]', 'name of the job; needed where several wait')
    .option('--comment <text>', 'for the audit log; of a rejection also in the reason')
    .action((id: string, job: string | undefined, { comment, json }: ApprovalOptions) =>
      steer(context, {
        ...{ id, to, json, done: () => done },
        body: { ...(job === undefined ? {} : { job }), ...(comment === undefined ? {} : { comment }) },
      }),
    );
  withExamples(withJson(command), [[`pipeline-trigger ${to} trg_… deploy --comment 'see CHG-1'`, '']]);
}

/** `cancel`, `play`, `approve`, `reject`, `retry`, `resolve`: the actions on a trigger. */
export const registerSteer: Register = (program, context) => {
  const cancel = program
    .command('cancel')
    .description('cancel a trigger and its pipeline, child pipelines included')
    .argument('<id>', idText)
    .option('--reason <text>', 'why, for the audit log; asked for at a terminal')
    .action(async (id: string, { reason: given, json }: ReasonOption) => {
      const reason = (await reasonOf(context, given)) ?? (await byNobody(context));
      return steer(context, { id, to: 'cancel', body: { reason }, json, done: canceled });
    });
  withExamples(withJson(cancel), [["pipeline-trigger cancel trg_… --reason 'wrong branch'", '']]);

  const play = program
    .command('play')
    .description('play manual jobs: those named, in this order, or all that block')
    .argument('<id>', idText)
    .argument('[jobs...]', 'names of jobs')
    .action((id: string, jobs: readonly string[], { json }: JsonOption) =>
      steer(context, {
        id,
        to: 'play',
        ...(jobs.length === 0 ? {} : { body: { jobs } }),
        json,
        done: (trigger, before) => played(jobs, trigger, before),
      }),
    );
  withExamples(withJson(play), [
    ['pipeline-trigger play trg_…', 'what blocks'],
    ["pipeline-trigger play trg_… deploy 'smoke test'", 'these, one after the other'],
  ]);

  registerApproval(program, context, 'approve');
  registerApproval(program, context, 'reject');

  const retry = program
    .command('retry')
    .description('run again what failed, and wait for it again')
    .argument('<id>', idText)
    .action((id: string, { json }: JsonOption) => steer(context, { id, to: 'retry', json, done: retried }));
  withExamples(withJson(retry), [['pipeline-trigger retry trg_…', '']]);

  const resolve = program
    .command('resolve')
    .description('end a trigger by hand, in any state of its pipeline; for admins')
    .argument('<id>', idText)
    .addOption(new Option('--as <outcome>', 'how it ends').choices(outcomes).makeOptionMandatory())
    .option('--reason <text>', 'why, for the audit log and the waiting callers; asked for at a terminal')
    .action(async (id: string, { as: outcome, reason: given, json }: ResolveOptions) => {
      const reason = await reasonOf(context, given);
      if (reason === null) throw sayWhy();
      return steer(context, { id, to: 'resolve', body: { outcome, reason }, json });
    });
  withExamples(withJson(resolve), [
    ["pipeline-trigger resolve trg_… --as success --reason 'deployed by hand'", ''],
  ]);
};
