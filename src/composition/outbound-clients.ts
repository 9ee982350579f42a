import type { ConnectHooks } from '../app/ports/project-hooks.ts';
import type { Meter } from '../app/ports/meter.ts';
import type { Clock, ConnectGitLab, GitLabAccess } from '../app/ports/index.ts';
import { traceCallbacks } from '../app/traced.ts';
import type { Tracer } from '../app/ports/tracer.ts';
import { allowedDestinations } from '../callbacks/allowed-hosts.ts';
import type { Resolve } from '../callbacks/post-callback.ts';
import { createCallbackPoster } from '../callbacks/post-callback.ts';
import type { Config } from '../config/config.ts';
import { createGitLabConnector } from '../gitlab/rest/client.ts';
import { createHooksConnector } from '../gitlab/rest/hooks-client.ts';
import { createPeopleReader } from '../gitlab/rest/people-client.ts';
import { createProjectNamer } from '../gitlab/rest/find-project.ts';
import { createMeteredFetch, createTracedFetch } from '../gitlab/rest/instrumented-fetch.ts';
import { createRateLimits } from '../gitlab/rest/rate-limit.ts';

/** Access to the outside; the real one unless given. */
export interface CallAdapters {
  readonly connectGitLab?: ConnectGitLab;
  readonly connectHooks?: ConnectHooks;
  /** Resolves the hosts of callbacks. */
  readonly resolve?: Resolve;
}

interface Surroundings {
  readonly adapters: CallAdapters;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly tracer: Tracer;
  /** Aborts when the service stops: reads are aborted. */
  readonly stopping: AbortSignal;
}

/** Outbound clients: of GitLab, and of the receivers of callbacks. */
export function createOutboundClients(
  { gitlabUrl, gitlabToken, callbackHosts, callbackSecret }: Config,
  { adapters: { connectGitLab, connectHooks, resolve }, clock, meter, tracer, stopping }: Surroundings,
) {
  const connection = {
    clock,
    stopping,
    rateLimits: createRateLimits(),
    fetch: createTracedFetch(createMeteredFetch(globalThis.fetch, meter, gitlabUrl), tracer),
  };
  const hooksOf = connectHooks ?? createHooksConnector(connection);
  const destinations = allowedDestinations(callbackHosts);
  const postCallback = createCallbackPoster({
    destinations,
    secret: callbackSecret,
    ...(resolve === undefined ? {} : { resolve }),
  });
  return {
    connectGitLab: connectGitLab ?? createGitLabConnector(connection),
    nameProject: createProjectNamer(connection),
    readPeople: (access: GitLabAccess) => createPeopleReader(connection, access),
    /** Counted and traced; by the proxy and with the certificates that the process has. */
    fetch: connection.fetch,
    /** GitLab's own hooks; null without a token. */
    hooks:
      gitlabToken === null ? null : hooksOf({ url: gitlabUrl, apiToken: gitlabToken, triggerToken: null }),
    postCallback: traceCallbacks(tracer, postCallback),
    allowsCallback: destinations.allows,
  };
}
