import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  clockSkew,
  clockTolerance,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { ServerMetadata } from 'openid-client';
import { z } from 'zod';
import type { Clock, SignInProvider } from '../../app/ports/index.ts';
import { boundedFetch } from './bounded-fetch.ts';

interface Deps {
  readonly gitlabUrl: string;
  /** The application in GitLab. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** `PUBLIC_URL/sign-in/gitlab`: GitLab sends browsers to no other address. */
  readonly redirectUri: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'now'>;
  /** The time of day, in milliseconds since the epoch. */
  readonly now: () => number;
  /** For one request. */
  readonly timeoutSeconds?: number;
}

/** A browser waits for it. */
const usualTimeoutSeconds = 10;
/** Where GitLab has its endpoints changes with its version at most. */
const knownMs = 10 * 60_000;
/** By how much our clock and GitLab's may differ. */
const toleranceSeconds = 30;

/** The endpoints that are used. Those of another origin would get the application's secret, or people's browsers. */
const endpoints = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
] as const satisfies readonly (keyof ServerMetadata)[];

/** GitLab writes the id as text. Source: gitlabhq config/initializers/doorkeeper_openid_connect.rb */
const person = z.object({
  sub: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
  preferred_username: z.string().regex(/^[\w.-]{1,255}$/),
});

export function createSignInProvider({
  gitlabUrl,
  clientId,
  clientSecret,
  redirectUri,
  fetch,
  clock,
  now,
  timeoutSeconds = usualTimeoutSeconds,
}: Deps): SignInProvider {
  const ask = boundedFetch(fetch, gitlabUrl);
  const isPlain = gitlabUrl.startsWith('http:');
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked to stand out: GitLab without TLS is the operator's choice
  const insecure: readonly ((config: Configuration) => void)[] = isPlain ? [allowInsecureRequests] : [];
  let known: { readonly server: ServerMetadata; readonly at: number } | null = null;

  async function readServer(): Promise<ServerMetadata> {
    if (known !== null && clock.now() - known.at < knownMs) return known.server;
    const options = { [customFetch]: ask, timeout: timeoutSeconds, execute: [...insecure] };
    const found = await discovery(new URL(gitlabUrl), clientId, clientSecret, undefined, options);
    const server: ServerMetadata = { ...found.serverMetadata() };
    for (const name of endpoints)
      if (!isBelow(server[name], gitlabUrl)) throw new Error(`${name} of GitLab's discovery is not its own`);
    known = { server, at: clock.now() };
    return server;
  }

  /** A new one for each sign-in: what the library keeps in one, such as GitLab's keys, may be outdated the next time. */
  async function connect(): Promise<Configuration> {
    const client = {
      client_secret: clientSecret,
      id_token_signed_response_alg: 'RS256',
      [clockSkew]: Math.round((now() - Date.now()) / 1000),
      [clockTolerance]: toleranceSeconds,
    };
    const config = new Configuration(await readServer(), clientId, client, ClientSecretPost(clientSecret));
    config[customFetch] = ask;
    config.timeout = timeoutSeconds;
    for (const allow of insecure) allow(config);
    enableNonRepudiationChecks(config);
    return config;
  }

  return {
    async begin() {
      const config = await connect();
      const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state: secrets.state,
        nonce: secrets.nonce,
        code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
        code_challenge_method: 'S256',
      });
      return { url, secrets };
    },

    async finish(search, { state, nonce, verifier }) {
      const config = await connect();
      const answered = new URL(redirectUri);
      answered.search = search;
      const tokens = await authorizationCodeGrant(config, answered, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const subject = tokens.claims()?.sub ?? '';
      const user = person.parse(await fetchUserInfo(config, tokens.access_token, subject));
      return { userId: user.sub, username: user.preferred_username };
    },
  };
}

/** Whether an address is one of that GitLab: same origin, and below its relative root. */
const isBelow = (address: unknown, gitlabUrl: string): boolean =>
  typeof address === 'string' &&
  URL.canParse(address) &&
  new URL(address).href.startsWith(`${new URL(gitlabUrl).href.replace(/\/$/, '')}/`);
