import { createPeople } from '../app/access/people.ts';
import type { Clock } from '../app/ports/index.ts';
import type { Config } from '../config/config.ts';
import { createSignInProvider } from '../gitlab/oidc/sign-in-provider.ts';
import type { GitLabSignIn } from '../http/dashboard/gitlab-sign-in.ts';
import type { Core } from './core.ts';
import type { Telemetry } from './telemetry.ts';

interface Surroundings {
  readonly core: Core;
  readonly clock: Clock;
  readonly now: () => number;
  readonly telemetry: Telemetry;
}

/** Null where people cannot sign in. */
export function createSignIn(
  { signIn, gitlabUrl, gitlabToken }: Config,
  { core, clock, now, telemetry }: Surroundings,
): GitLabSignIn | null {
  if (signIn === null) return null;
  const { clients } = core;
  const access = { url: gitlabUrl, apiToken: gitlabToken, triggerToken: null };
  return {
    provider: createSignInProvider({ ...signIn, gitlabUrl, fetch: clients.fetch, clock, now }),
    people: createPeople({
      reader: clients.readPeople(access),
      gitlabUrl,
      admins: signIn.admins,
      clock,
      log: telemetry.log,
    }),
  };
}
