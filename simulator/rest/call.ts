import type { IncomingHttpHeaders } from 'node:http';
import type { HookRegistry } from '../hooks/hook-registry.ts';
import type { Site } from '../serializers/pipeline.ts';
import type { Audience, ApiCaller } from './authenticate.ts';
import type { Input } from './read-input.ts';
import type { ApiReply } from './reply.ts';

/** One request, authenticated and with its parameters read. */
export type Call = Site & {
  readonly hooks: HookRegistry;
  readonly gitlabVersion: string;
  readonly method: string;
  /** Path and query as sent, percent-encoded. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  readonly input: Input;
  readonly headers: IncomingHttpHeaders;
  readonly caller: ApiCaller;
};

export type ApiRoute = {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly audience?: Audience;
  readonly answer: (call: Call) => ApiReply | Promise<ApiReply>;
};
