import { Failure } from '../../../client/errors.ts';
import { plainLine } from '../../../domain/terminal-text.ts';
import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { exitCodes } from '../exit-codes.ts';
import { jsonLine } from '../print.ts';
import { secondOf } from '../times.ts';

/** The events of one trigger, a line each, until its outcome. */
async function follow(given: string, json: boolean, { env, stdout }: Context): Promise<void> {
  const [{ connectService, triggerPath }, { wholeId }, { resumeStream }] = await Promise.all([
    import('../service.ts'),
    import('../short-ids.ts'),
    import('../resume-stream.ts'),
  ]);
  const service = connectService(env);
  const id = await wholeId(service, 'trigger', given);
  let [seen, isOver]: [string | null, boolean] = [null, false];
  const open = () => service.events(triggerPath(id, '/events'), seen);
  for await (const item of resumeStream(open, () => isOver)) {
    if (item.kind !== 'event') continue;
    seen = item.id ?? seen;
    // A retried trigger has more than one outcome; the last one in the stream counts.
    isOver = item.name === 'outcome';
    const data = JSON.parse(item.data) as Record<string, unknown>;
    stdout.write(json ? jsonLine({ type: item.name, ...data }) : `${eventLine(item.name, data)}\n`);
  }
}

/** `watch ID` */
export const registerWatch: Register = (program, context) => {
  const watch = program
    .command('watch')
    .description('print the events of one trigger until it has finished')
    .argument('[id]', 'of the trigger, or the beginning of it: trg_…')
    .action(async (id: string | undefined, { json = false }: JsonOption) => {
      if (id === undefined)
        throw new Failure(
          'watch: which trigger? `list --watch` keeps a list of all up to date',
          exitCodes.usage,
        );
      await follow(id, json, context);
    });
  withExamples(withJson(watch), [['pipeline-trigger watch trg_…', '']]);
};

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** An event of a trigger's stream on one line. */
function eventLine(name: string, data: Readonly<Record<string, unknown>>): string {
  const { at, state, status, pipelineId, name: job, outcome, reason } = data;
  const shown: Readonly<Record<string, readonly unknown[]>> = {
    state: [state],
    status: ['pipeline', pipelineId, status],
    job: [job, status],
    played: [job],
    outcome: [outcome, reason],
  };
  const words = [secondOf(textOf(at)), name, ...(shown[name] ?? []).map(textOf)];
  return plainLine(words.filter((word) => word !== '').join('  '));
}
