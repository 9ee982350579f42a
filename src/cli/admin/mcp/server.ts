import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { registerActingTools } from './acting-tools.ts';
import { registerReadingTools } from './reading-tools.ts';
import type { ToolDeps } from './tool-result.ts';

/** The Model Context Protocol server: a client of the service, with the rights of its key. Source: CONTRACT, section 12 */
export function createMcpServer({
  version,
  ...deps
}: Omit<ToolDeps, 'server'> & { readonly version: string }): McpServer {
  const server = new McpServer({ name: 'pipeline-trigger', version });
  registerActingTools({ server, ...deps });
  registerReadingTools({ server, ...deps });
  return server;
}
