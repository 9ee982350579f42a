import type { Context, Register } from '../context.ts';
import type { JsonOption } from '../options.ts';
import { withExamples, withJson } from '../options.ts';
import { jsonLine } from '../print.ts';
import { watchList } from './list.ts';

/** Everything that happens to one trigger, a line each, until its outcome. */
async function follow(id: string, json: boolean, { env, stdout }: Context): Promise<void> {
  const [{ connectService, triggerPath }, { eventLine }, { resumeStream }] = await Promise.all([
    import('../service.ts'),
    import('../event-line.ts'),
    import('../resume-stream.ts'),
  ]);
  const service = connectService(env);
  let [seen, isOver]: [string | null, boolean] = [null, false];
  const open = () => service.events(triggerPath(id, '/events'), seen);
  for await (const item of resumeStream(open, () => isOver)) {
    if (item.kind !== 'event') continue;
    seen = item.id ?? seen;
    // A trigger that was set going again has more than one outcome; the last of the stream is the last.
    isOver = item.name === 'outcome';
    const data = JSON.parse(item.data) as Record<string, unknown>;
    stdout.write(json ? jsonLine({ type: item.name, ...data }) : `${eventLine(item.name, data)}\n`);
  }
}

/** `watch [ID]` */
export const registerWatch: Register = (program, context) => {
  const watch = program
    .command('watch')
    .description('what waits, kept up to date; or what happens to one trigger, until it has finished')
    .argument('[id]', 'of a trigger: trg_…')
    .action(async (id: string | undefined, { json = false }: JsonOption) => {
      if (id !== undefined) await follow(id, json, context);
      else await watchList(context, { json, state: 'pending', limit: 200 });
    });
  withExamples(withJson(watch), [
    ['pipeline-trigger watch', 'everything that waits; Ctrl-C ends it'],
    ['pipeline-trigger watch trg_…', 'one trigger, to its end'],
  ]);
};
