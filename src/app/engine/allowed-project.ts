import { mayUseProject } from '../../domain/access/pattern.ts';
import { AppError } from '../../domain/error.ts';
import { createLruMap } from '../../domain/lru-map.ts';
import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRefusal } from '../ports/gitlab-unavailable.ts';
import type { Clock, GitLab, ProjectNames } from '../ports/index.ts';
import type { TriggerAccess } from './gitlab-access.ts';

/** A read for each creation would double the calls of GitLab. */
const keptMs = 300_000;
const mostKept = 1_000;

/**
 * GitLab leads from a path that a project had before to the project, wherever it is now: reads are redirected, and a
 * trigger token creates a pipeline there. A caller that is limited to projects was authorized for the path alone, so
 * the project that GitLab finds under it is authorized, too, before anything is read of it.
 */
export function createAllowedProject({ clock }: { readonly clock: Pick<Clock, 'now'> }) {
  const allowed = createLruMap<string, number>(mostKept);

  /**
   * How to name the project whose pipelines are read for this trigger: for a limited caller by the id that was authorized.
   * @throws AppError `gitlab_refused`
   */
  async function toRead({ request }: Trigger, gitlab: Pick<GitLab, 'nameProject'>): Promise<string> {
    const { project, playsIn } = request;
    if (playsIn === undefined) return project;
    const found = await gitlab.nameProject(project);
    if (!mayUseProject(found, project, playsIn)) throw movedAway();
    return found.id;
  }

  /**
   * Checks the project that a pipeline is about to be created in. By an API token GitLab creates none under a former path,
   * and a caller that brings a trigger token needs no right of the service's.
   * @throws AppError `gitlab_refused`
   */
  async function toCreate(trigger: Trigger, access: TriggerAccess): Promise<void> {
    const { project, playsIn, gitlabUrl } = trigger.request;
    if (playsIn === undefined || !access.sendsServiceTriggerToken || !access.mayRead) return;
    const key = JSON.stringify([gitlabUrl, project, playsIn]);
    if (clock.now() - (allowed.get(key) ?? -Infinity) < keptMs) return;
    const found = await namesOrNull(access.gitlab, project);
    if (found !== null && !mayUseProject(found, project, playsIn)) throw movedAway();
    allowed.set(key, clock.now());
  }

  return { toRead, toCreate };
}

/** Null for a project that the service's API token may not see, while its trigger token may create pipelines there. */
async function namesOrNull(gitlab: GitLab, project: string): Promise<ProjectNames | null> {
  try {
    return await gitlab.nameProject(project);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return null;
  }
}

/** Says nothing about the project that was found. */
const movedAway = (): AppError =>
  new AppError(
    'gitlab_refused',
    'project: GitLab leads from this path to another project, in which the caller may not start pipelines',
  );
