import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export type Posted = {
  readonly status: number | 'internal error';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** GitLab keeps this much of a receiver's answer. */
const keptBytes = 8 * 1024;

/**
 * POSTs once, on a connection of its own, following no redirect.
 * Never rejects: a receiver that cannot be reached or is too slow is an `internal error`, as in GitLab.
 */
export function post(
  url: URL,
  {
    headers,
    body,
    signal,
    verifiesTls,
  }: { headers: Record<string, string>; body: string; signal: AbortSignal; verifiesTls: boolean },
): Promise<Posted> {
  return new Promise((resolve) => {
    const fail = (error: Error): void =>
      resolve({ status: 'internal error', headers: {}, body: error.message });
    const start = url.protocol === 'https:' ? requestHttps : requestHttp;
    const length = String(Buffer.byteLength(body));
    const request = start(
      { ...addressOf(url), method: 'POST', agent: false, signal, rejectUnauthorized: verifiesTls },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 'internal error',
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
            ),
            body: Buffer.concat(chunks).subarray(0, keptBytes).toString('utf8'),
          }),
        );
      },
    );
    for (const [name, value] of Object.entries({ ...headers, 'Content-Length': length })) {
      request.setHeader(name, value);
    }
    request.on('error', fail);
    request.end(body);
  });
}

function addressOf(url: URL): { protocol: string; hostname: string; port: string; path: string } {
  const { protocol, hostname, port, pathname, search } = url;
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: `${pathname}${search}` };
}
