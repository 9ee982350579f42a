import { Failure } from '../../../client/errors.ts';
import type { JsonOption } from '../options.ts';
import type { ServiceApi } from '../service.ts';

export interface HookCommandOptions extends JsonOption {
  readonly url?: string;
  readonly from?: string;
  readonly tlsVerify?: boolean;
  readonly fix?: boolean;
  readonly resendAll?: boolean;
}

/** The result for one project: the service's answer, or its error. */
export type HookCommandResult<Answer> =
  | { readonly project: string; readonly answer: Answer }
  | { readonly project: string; readonly failure: Failure };

/** The projects that the arguments name, each once; a pattern that names none is a failure of its own. */
async function named(
  service: ServiceApi,
  patterns: readonly string[],
): Promise<readonly HookCommandResult<string>[]> {
  const found: HookCommandResult<string>[] = [];
  for (const pattern of patterns) {
    if (!pattern.includes('*')) {
      found.push({ project: pattern, answer: pattern });
      continue;
    }
    const [done] = await tried(pattern, async () => {
      const answer = await service.get(`/v1/hooks/projects?pattern=${encodeURIComponent(pattern)}`);
      const { items } = answer as { readonly items: readonly string[] };
      if (items.length === 0) throw new Failure('there is no project in this group');
      return items;
    });
    if ('failure' in done) found.push(done);
    else found.push(...done.answer.map((project) => ({ project, answer: project })));
  }
  return found.filter(({ project }, at) => at === found.findIndex((other) => other.project === project));
}

/** The projects that pending triggers wait for. */
async function pendingProjects(service: ServiceApi): Promise<readonly HookCommandResult<string>[]> {
  const { items } = (await service.get('/v1/hooks/health')) as {
    readonly items: readonly { readonly project: string }[];
  };
  return items.map(({ project }) => ({ project, answer: project }));
}

async function tried<Answer>(
  project: string,
  work: () => Promise<Answer>,
): Promise<readonly [HookCommandResult<Answer>]> {
  try {
    return [{ project, answer: await work() }];
  } catch (error) {
    if (error instanceof Failure) return [{ project, failure: error }];
    throw error;
  }
}

/**
 * Runs an action for each project, one after the other, and continues after a failure.
 * @throws Failure when the service or the caller is at fault, not a project
 */
export async function eachProject<Answer>(
  service: ServiceApi,
  patterns: readonly string[],
  work: (project: string) => Promise<Answer>,
): Promise<readonly HookCommandResult<Answer>[]> {
  const projects = patterns.length === 0 ? await pendingProjects(service) : await named(service, patterns);
  const done: HookCommandResult<Answer>[] = [];
  for (const project of projects) {
    if ('failure' in project) done.push(project);
    else done.push(...(await tried(project.project, () => work(project.answer))));
  }
  const [first, ...others] = done;
  if (first !== undefined && 'failure' in first && others.every((other) => isSame(first.failure, other)))
    throw patterns.length > 1 || others.length > 0
      ? first.failure
      : new Failure(`${first.project}: ${first.failure.message}`, first.failure.exitCode);
  return done;
}

const isSame = ({ message }: Failure, other: HookCommandResult<unknown>): boolean =>
  'failure' in other && other.failure.message === message;
