import { z } from 'zod';
import { explanationText, triggerLine } from './describe-trigger.ts';
import type { ToolDeps } from './tool-result.ts';
import {
  explanationOutput,
  id,
  listOutput,
  longestSeconds,
  orError,
  reporter,
  result,
  triggerOutput,
} from './tool-result.ts';
import { waitForTrigger } from './wait-for-trigger.ts';

/** The tools that change nothing. */
export function registerReadingTools(deps: ToolDeps): void {
  registerWaitForTrigger(deps);
  registerExplainFailure(deps);
  registerListTriggers(deps);
}

function registerWaitForTrigger({ server, client, now }: ToolDeps): void {
  server.registerTool(
    'wait_for_trigger',
    {
      title: 'Wait for a pipeline',
      description:
        'Waits until the pipeline of a trigger has ended, for hours if need be, and returns its outcome: success, failed, canceled, skipped, manual, manual_passed, deadline or error. Reports progress meanwhile; never poll instead. With timeoutSeconds it returns at the latest then, state "pending"; call it again to go on. A call that is canceled leaves the pipeline alone. Example: {"id": "trg_2f1c7a0b", "timeoutSeconds": 3600}',
      inputSchema: {
        id,
        timeoutSeconds: z.int().min(1).max(longestSeconds).optional().describe('Until the end unless given'),
      },
      outputSchema: triggerOutput,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    ({ id: wanted, timeoutSeconds = null }, extra) =>
      orError(
        (async () => {
          const { signal } = extra;
          const options = { client, id: wanted, timeoutSeconds, signal, now, report: reporter(extra) };
          const trigger = await waitForTrigger(options);
          const more =
            trigger.state === 'pending' ? '. Not ended yet: call wait_for_trigger again to go on.' : '';
          return result(trigger, `${triggerLine(trigger)}${more}`);
        })(),
      ),
  );
}

function registerExplainFailure({ server, client }: ToolDeps): void {
  server.registerTool(
    'explain_failure',
    {
      title: 'Explain why a pipeline did not succeed',
      description:
        'Returns why the pipeline of a trigger did not succeed: the reason, each failed job with its stage, GitLab’s failure reason, its address and the last lines of its log, and the manual jobs that block it. Example: {"id": "trg_2f1c7a0b"}',
      inputSchema: { id },
      outputSchema: explanationOutput,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    ({ id: wanted }, { signal }) =>
      orError(
        client.explain(wanted, signal).then((explained) => result(explained, explanationText(explained))),
      ),
  );
}

function registerListTriggers({ server, client }: ToolDeps): void {
  server.registerTool(
    'list_triggers',
    {
      title: 'List triggers',
      description:
        'Lists the triggers that this key may see, newest first: pending ones, or with state "finished" or "all" others. project and ref narrow the list; cursor gives the next page. Example: {"state": "all", "project": "group/app", "limit": 10}',
      inputSchema: {
        state: z.enum(['pending', 'finished', 'all']).optional(),
        project: z.string().min(1).optional(),
        ref: z.string().min(1).optional(),
        limit: z.int().min(1).max(200).optional().describe('20 unless given'),
        cursor: z.string().min(1).optional().describe('nextCursor of the page before'),
      },
      outputSchema: listOutput,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    ({ limit = 20, ...query }, { signal }) =>
      orError(
        client.list(given({ ...query, limit: String(limit) }), signal).then((page) => {
          const list = listOutput.parse(page);
          const lines = list.items.map((item) =>
            triggerLine(item as unknown as Parameters<typeof triggerLine>[0]),
          );
          return result(list, lines.length === 0 ? 'no triggers' : lines.join('\n'));
        }),
      ),
  );
}

/** The parameters that were given. */
const given = (query: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
