import { createSender } from '../client/sender.ts';
import type { Narrate } from './narrator.ts';

/** The address of the service, and the token to call it with. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Requests a pipeline. @returns the path of the trigger */
export async function askForPipeline(target: Target, request: object, say: Narrate): Promise<string> {
  say('caller A', `POST /v1/triggers ${JSON.stringify(request)}`);
  const response = await createSender(target)('/v1/triggers', { method: 'POST', body: request });
  const { pathname: path } = new URL(response.headers.get('location') ?? '', response.url);
  say('service', `${response.status}, the request is on disk: ${path}`);
  return path;
}

/** Waits as curl does when it follows redirects: one request after the other, each held by the service. */
export async function waitByRedirects(target: Target, path: string, say: Narrate): Promise<number> {
  say('caller A', `waits: GET ${path}/wait?mode=follow`);
  // fetch stops after 20 redirects; curl has an option to continue.
  const response = await createSender(target)(`${path}/wait?mode=follow&wait=50`, { redirect: 'follow' });
  const outcome = response.headers.get('pipeline-trigger-outcome');
  say('caller A', `is released with status ${response.status}: ${outcome ?? 'no outcome'}`);
  return response.status;
}

/** Follows the events as plain text, line by line. @returns the last line */
export async function followEvents(target: Target, path: string, say: Narrate): Promise<string> {
  say('caller B', `follows: GET ${path}/events`);
  const response = await createSender(target)(`${path}/events`, { headers: { accept: 'text/plain' } });
  let last = '';
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) say('caller B', `hears  ${line}`);
    last = lines.at(-1) ?? last;
  }
  return last;
}
