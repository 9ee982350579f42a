import type { GitLabUser } from '../../domain/access/gitlab-user.ts';

/** What is kept of a sign-in while the browser is at GitLab. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE: who has the code alone can do nothing with it. */
  readonly verifier: string;
}

/** GitLab as the provider of OpenID Connect that people sign in with. */
export interface SignInProvider {
  /** Where a browser is sent to sign in. @throws Error of whatever keeps it from that; nothing of it is for browsers */
  readonly begin: () => Promise<{ readonly url: URL; readonly secrets: SignInSecrets }>;
  /**
   * The user who signed in, by what GitLab's redirect brought. The tokens are used once and forgotten.
   * @throws Error where anything is not as it has to be; nothing of it is for browsers
   */
  readonly finish: (search: string, secrets: SignInSecrets) => Promise<GitLabUser>;
}
