import { ConfigError } from './startup-errors.ts';

/** How people sign in with GitLab. */
export interface SignInConfig {
  /** The application in GitLab. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The only address that GitLab sends browsers back to. */
  readonly redirectUri: string;
  /** `ADMIN_USERS`. */
  readonly admins: readonly string[];
}

interface Given {
  readonly GITLAB_OAUTH_ID?: string | undefined;
  readonly GITLAB_OAUTH_SECRET?: string | undefined;
  readonly GITLAB_TOKEN?: string | undefined;
  readonly PUBLIC_URL?: string | undefined;
  readonly ADMIN_USERS: readonly string[];
}

/** Where GitLab sends a browser back to, below `PUBLIC_URL`. */
export const callbackPath = '/sign-in/gitlab';

/** Null without an application. @throws ConfigError for settings that do not go together */
export function signInConfig(given: Given): SignInConfig | null {
  const { GITLAB_OAUTH_ID: clientId, GITLAB_OAUTH_SECRET: clientSecret, PUBLIC_URL: publicUrl } = given;
  if (clientId === undefined && clientSecret === undefined) return null;
  if (clientId === undefined)
    throw new ConfigError([
      'GITLAB_OAUTH_ID: expected the application ID that goes with GITLAB_OAUTH_SECRET',
    ]);
  if (clientSecret === undefined)
    throw new ConfigError(['GITLAB_OAUTH_SECRET: expected the secret of the application GITLAB_OAUTH_ID']);
  if (publicUrl === undefined)
    throw new ConfigError([
      'PUBLIC_URL: expected the address for browsers, to which GITLAB_OAUTH_ID sends them',
    ]);
  if (given.GITLAB_TOKEN === undefined)
    throw new ConfigError(['GITLAB_TOKEN: expected a token, which with GITLAB_OAUTH_ID reads who may what']);
  return { clientId, clientSecret, redirectUri: publicUrl + callbackPath, admins: given.ADMIN_USERS };
}
