import { readFile } from 'node:fs/promises';
import type { PolicyDecision } from '../app/access/explain-policy.ts';
import { explainPolicy } from '../app/access/explain-policy.ts';
import { Failure } from '../client/errors.ts';
import { readGitLabConfig } from '../config/config.ts';
import { messageOf } from '../domain/error.ts';
import { readClaims } from '../gitlab/oidc/read-claims.ts';
import { readTriggerRequest } from '../api/trigger-request.ts';
import { readPolicy } from '../config/policy-file.ts';

interface Files {
  readonly policy: string;
  /** The payload of an id_token, as JSON. */
  readonly claims: string;
  /** The body of a request, as JSON. */
  readonly request: string;
}

const usage = 2;

/**
 * The decision of a policy file on a job's request, as a service with this environment would make it.
 * @throws Failure naming the wrong file; ConfigError
 */
export async function checkPolicy(files: Files, env: NodeJS.ProcessEnv): Promise<PolicyDecision> {
  const { gitlabUrl, allowedGitlabUrls } = readGitLabConfig(env);
  const policy = await reading(files.policy, (text) => readPolicy(text, gitlabUrl));
  const claims = await reading(files.claims, (text) => readClaims(JSON.parse(text)));
  const asked = await reading(files.request, (text) =>
    readTriggerRequest(JSON.parse(text), {
      ...{ deadlineSeconds: 1, gitlabUrl, allowedGitlabUrls },
      // What the policy says of it is asked.
      allowsCallback: () => true,
    }),
  );
  return explainPolicy(policy, claims, asked);
}

async function reading<T>(file: string, read: (text: string) => T): Promise<T> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Failure(`${file}: expected a file that can be read (${code})`, usage);
  });
  try {
    return read(text);
  } catch (error) {
    // The message of JSON.parse quotes the text.
    throw new Failure(`${file}: ${error instanceof SyntaxError ? 'expected JSON' : messageOf(error)}`, usage);
  }
}
