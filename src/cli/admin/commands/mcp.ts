import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Register } from '../context.ts';
import { withExamples } from '../options.ts';

/** Serves until the client closes stdin: stdout belongs to the protocol alone. */
async function serveMcp(version: string, context: Context): Promise<void> {
  const [{ StdioServerTransport }, { createMcpServer }, { createTriggerClient }, { connectService }] =
    await Promise.all([
      import('@modelcontextprotocol/sdk/server/stdio.js'),
      import('../mcp/server.ts'),
      import('../mcp/trigger-client.ts'),
      import('../service.ts'),
    ]);
  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  };
  const client = createTriggerClient(connectService(context.env), pause);
  const server = createMcpServer({ client, version, now: () => performance.now() });
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    server.server.onclose = resolve;
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}

/** `mcp` */
export const registerMcp: Register = (program, context) => {
  const command = program
    .command('mcp')
    .description(
      'serve the Model Context Protocol on stdin and stdout: tools for a model to trigger pipelines and wait',
    )
    .action(() => serveMcp(program.version() ?? '', context));
  withExamples(command, [
    [
      'PIPELINE_TRIGGER_URL=https://… PIPELINE_TRIGGER_TOKEN=… pipeline-trigger mcp',
      'as the command of an MCP client',
    ],
  ]);
};
