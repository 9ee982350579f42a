import { randomUUID } from 'node:crypto';
import type { CryptoKey, JWK } from 'jose';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { latestJobs } from './engine/model.ts';
import { personOf } from './serializers/people.ts';
import type { Site } from './serializers/pipeline.ts';
import { isProtected } from './world/protected-refs.ts';

/** What a job's `id_tokens:` says, and what a test would have otherwise than GitLab. */
export type IdTokenOptions = {
  readonly aud: string | string[];
  /** How long it is good; GitLab's is as long as the job's timeout. */
  readonly seconds?: number;
  /** In place of what GitLab says; undefined leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

export type IdTokens = {
  /** The token of a pipeline's latest job of this name. */
  readonly mint: (pipelineId: number, job: string, options: IdTokenOptions) => Promise<string>;
  /** Signs claims with the key that is published, or with one that is not. */
  readonly sign: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly signUnpublished: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
  /** What `/oauth/discovery/keys` answers. */
  readonly keySet: () => Promise<{ keys: JWK[] }>;
  /** Signs with a new key from now on; the old ones are not published any more. */
  readonly rotate: () => void;
};

type Key = { readonly sign: CryptoKey; readonly jwk: JWK & { readonly kid: string } };

const hour = 3600;
/** Source: gitlabhq lib/gitlab/ci/jwt.rb, NOT_BEFORE_TIME */
const notBeforeSeconds = 5;

/** Id_tokens as GitLab makes them for its jobs. Source: gitlabhq lib/gitlab/ci/jwt_v2.rb */
export function createIdTokens(site: Site): IdTokens {
  let key: Promise<Key> | null = null;
  // Making one takes time that most simulators need not spend.
  const currentKey = (): Promise<Key> => (key ??= createKey());

  return {
    async mint(pipelineId, job, { aud, seconds = hour, claims = {} }) {
      const issuedAt = Math.floor(site.world.around.now() / 1000);
      const payload = {
        jti: randomUUID(),
        iss: site.baseUrl,
        iat: issuedAt,
        nbf: issuedAt - notBeforeSeconds,
        exp: issuedAt + seconds,
        aud,
        ...claimsOf(site, pipelineId, job),
        ...claims,
      };
      return signed(await currentKey(), payload);
    },
    sign: async (claims) => signed(await currentKey(), claims),
    signUnpublished: async (claims) => signed(await createKey(), claims),
    keySet: async () => ({ keys: [(await currentKey()).jwk] }),
    rotate: () => {
      key = null;
    },
  };
}

const signed = ({ sign, jwk }: Key, claims: Readonly<Record<string, unknown>>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' }).sign(sign);

async function createKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const { kty, n, e } = await exportJWK(publicKey);
  const jwk = { kty, n, e } as JWK;
  return {
    sign: privateKey,
    jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'RS256' },
  };
}

/** GitLab writes ids and booleans as text. */
function claimsOf({ world }: Site, pipelineId: number, name: string): Record<string, unknown> {
  const pipeline = world.pipelines.get(pipelineId);
  const job = pipeline && latestJobs(pipeline).find(({ definition }) => definition.name === name);
  const project = pipeline && world.projects.get(pipeline.projectId);
  if (pipeline === undefined || job === undefined || project === undefined)
    throw new Error(`pipeline ${pipelineId} has no job ${name}`);
  const { id, path } = project.scenario;
  const refType = pipeline.tag ? 'tag' : 'branch';
  const person = personOf(world, job.userName);
  const { environment } = job.definition;
  return {
    sub: `project_path:${path}:ref_type:${refType}:ref:${pipeline.ref}`,
    namespace_path: path.slice(0, path.lastIndexOf('/')),
    project_id: String(id),
    project_path: path,
    job_project_id: String(id),
    job_project_path: path,
    user_id: String(person.id),
    user_login: person.username,
    pipeline_id: String(pipeline.id),
    pipeline_source: pipeline.source,
    job_id: String(job.id),
    ref: pipeline.ref,
    ref_type: refType,
    ref_path: `refs/${pipeline.tag ? 'tags' : 'heads'}/${pipeline.ref}`,
    ref_protected: String(isProtected(project, pipeline)),
    sha: pipeline.sha,
    ...(environment === null
      ? {}
      : {
          environment: environment.name,
          environment_protected: 'false',
          environment_action: environment.action,
        }),
  };
}
