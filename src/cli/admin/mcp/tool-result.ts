import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { plainLine } from '../../../domain/terminal-text.ts';
import type { TriggerClient } from './trigger-client.ts';

/** What a tool is made of. */
export interface ToolDeps {
  readonly server: McpServer;
  readonly client: TriggerClient;
  /** Milliseconds; grows steadily. */
  readonly now: () => number;
}

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

export const id = z.string().min(1).max(100).describe('Id of the trigger: trg_…');
export const jobs = z.array(z.string().min(1)).min(1).max(200);
/** A year, as for deadlines. */
export const longestSeconds = 31_536_000;

/** A trigger as the API shows it: members are added in later versions. */
export const triggerOutput = z.looseObject({
  id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
});
export const explanationOutput = z.looseObject({
  trigger: triggerOutput,
  failedJobs: z.array(z.looseObject({})),
});
export const listOutput = z.looseObject({
  items: z.array(z.looseObject({})),
  nextCursor: z.string().nullable(),
});

/** A result for programs, and the same in words. */
export const result = (structured: object, text: string): CallToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: { ...structured },
});

/** What goes wrong is a result that the model can read, not an error of the protocol. */
export async function orError(work: Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work;
  } catch (error) {
    const text = plainLine(error instanceof Error ? error.message : String(error));
    return { content: [{ type: 'text', text }], isError: true };
  }
}

/** How a wait reports, where the client has asked for it with a token. Source: MCP 2025-06-18, utilities/progress */
export function reporter({ _meta: meta, sendNotification }: Extra) {
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let last = -1;
  return function report(seconds: number, message: string): Promise<void> {
    // It must grow with each notification.
    last = Math.max(last + 0.001, seconds);
    return sendNotification({
      method: 'notifications/progress',
      params: { progressToken, progress: last, message },
    });
  };
}
