/** What the provider says otherwise than GitLab; undefined in a record leaves a member out. */
export type ProviderLies = {
  /** Members of the discovery document. */
  readonly discovery?: Readonly<Record<string, unknown>>;
  /** Claims of ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** How ID tokens are signed: not at all, with the application's secret, or by a key that is not published. */
  readonly signature?: 'none' | 'secret' | 'unpublished key';
  /** Members of the token endpoint's answer. */
  readonly tokens?: Readonly<Record<string, unknown>>;
  /** Members of the answer about the user. */
  readonly userinfo?: Readonly<Record<string, unknown>>;
  /** Parameters of the redirect back. */
  readonly redirect?: Readonly<Record<string, string | undefined>>;
  /** Takes a code as often as it comes, whatever its verifier. */
  readonly takesAnyCode?: boolean;
};

/** A record with what a lie says in place of the truth. */
export const withLies = (
  truth: Readonly<Record<string, unknown>>,
  lies: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> =>
  Object.fromEntries(Object.entries({ ...truth, ...lies }).filter(([, value]) => value !== undefined));
