import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands between `trigger` and a simulated GitLab, and has pipelines show the status that a test wants. */
export interface StatusProxy {
  readonly url: string;
  /** The base URL of what is behind it. */
  target: string;
  readonly stop: () => void;
}

interface Row {
  status?: string;
  pipeline?: Row;
}

/** @param statusOf by the project's numeric id */
export async function startStatusProxy(statusOf: (projectId: string) => string): Promise<StatusProxy> {
  const server = createServer((request, response) => {
    const { method = 'GET', url = '', headers } = request;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.length > 0 ? Buffer.concat(chunks).toString() : undefined;
      forward(method, url, headers as Record<string, string>, body).then(
        ({ status, text }) => response.writeHead(status, { 'content-type': 'application/json' }).end(text),
        () => response.destroy(),
      );
    });
  });

  async function forward(
    method: string,
    url: string,
    headers: Record<string, string>,
    body: string | undefined,
  ) {
    const { 'private-token': token = '', 'content-type': type = '' } = headers;
    const answer = await fetch(proxy.target + url, {
      method,
      headers: { 'private-token': token, 'content-type': type },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const [, projectId] = /\/projects\/(\d+)\/pipelines(?:\/\d+(?:\/jobs)?)?(?:\?|$)/.exec(url) ?? [];
    if (projectId === undefined || method !== 'GET') return { status: answer.status, text };
    return { status: answer.status, text: withStatus(JSON.parse(text) as Row | Row[], statusOf(projectId)) };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: StatusProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}

/** A pipeline, pipelines, or jobs that each name their pipeline's status. */
function withStatus(shown: Row | Row[], status: string): string {
  if (!Array.isArray(shown)) return JSON.stringify({ ...shown, status });
  return JSON.stringify(
    shown.map((row) =>
      row.pipeline === undefined ? { ...row, status } : { ...row, pipeline: { ...row.pipeline, status } },
    ),
  );
}
