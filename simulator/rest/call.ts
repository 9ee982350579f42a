import type { IncomingHttpHeaders } from 'node:http';
import type { HookRegistry } from '../hooks/hook-registry.ts';
import type { World } from '../world/world.ts';
import type { Audience, ApiCaller } from './authenticate.ts';
import type { Input } from './read-input.ts';
import type { ApiReply } from './reply.ts';

/** One request, authenticated and with its parameters read. */
export type Call = {
  readonly world: World;
  readonly hooks: HookRegistry;
  /** Base URL of this GitLab, without a slash at the end. */
  readonly baseUrl: string;
  readonly gitlabVersion: string;
  readonly path: string;
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
