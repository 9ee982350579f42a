import type { Pipelines } from '@gitbeaker/rest';
import type { GitLab, GitLabAccess, PipelineOfRef } from '../../app/ports/index.ts';
import { isRefusal } from '../../app/ports/gitlab-unavailable.ts';
import type { TriggerId, PipelineId } from '../../domain/ids.ts';
import { triggerIdVariable } from '../../domain/ids.ts';
import { isSameRef, shortRef } from '../../domain/trigger/ref.ts';
import type { TriggerIdCache } from './trigger-id-cache.ts';
import { everyPage, perPage } from './every-page.ts';
import { projectPath } from './project-path.ts';
import {
  parsePipeline,
  parsePipelines,
  parseUser,
  pipelineFrom,
  snapshotOf,
} from '../schema/read-pipeline.ts';
import type { RestPipeline } from '../schema/read-pipeline.ts';
import type { Requester } from './requester.ts';
import type { PipelineSnapshot } from '../../domain/trigger/event.ts';

type FindPipelines = Pick<GitLab, 'findPipeline' | 'findStarted' | 'newestPipeline' | 'pipelinesAfter'>;

const newestFirst = { orderBy: 'id', sort: 'desc' } as const;

/** Searches the pipelines of a ref. */
export function createPipelineFinder(
  { apiToken, triggerToken }: GitLabAccess,
  requester: Requester,
  pipelines: InstanceType<typeof Pipelines>,
  triggerIdCache: TriggerIdCache,
): FindPipelines {
  async function readId(project: string, pipelineId: number): Promise<TriggerId | null> {
    const variables = await pipelines.allVariables(project, pipelineId);
    const ours = variables.find(({ key }) => key === triggerIdVariable);
    return (ours?.value ?? null) as TriggerId | null;
  }

  /** A pipeline shows the user whose token created it; the owner of a trigger token is unknown. */
  async function userName(): Promise<string | null> {
    if (triggerToken !== null || apiToken === null) return null;
    try {
      return parseUser((await requester.get('user')).body).username;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return null;
    }
  }

  async function firstPage(project: string, ref: string, more: object): Promise<readonly RestPipeline[]> {
    const query = { ref: shortRef(ref), page: 1, ...newestFirst, ...more };
    const { body } = await requester.get(`${projectPath(project)}/pipelines`, { searchParams: query });
    return parsePipelines(body);
  }

  return {
    async findPipeline(project, ref, id, since) {
      const query = { ref: shortRef(ref), ...newestFirst, createdAfter: new Date(since).toISOString() };
      const rows = parsePipelines(await everyPage(requester, `${projectPath(project)}/pipelines`, query));
      // The oldest one: pipelines that it started may have got its variables.
      for (const row of rows.filter(({ source }) => mayBeOurs(source)).toReversed())
        if ((await triggerIdCache(row.id, () => readId(project, row.id))) === id) return pipelineFrom(row);
      return null;
    },

    async findStarted(project, pipelineId, { ref, source, id }) {
      const row = parsePipeline(await pipelines.show(project, pipelineId));
      const isWanted = row.id === pipelineId && row.ref != null && isSameRef(row.ref, ref);
      const isMadeSo =
        mayBeOurs(row.source) && (row.source == null || source === null || row.source === source);
      if (!isWanted || !isMadeSo) return null;
      const carried = await triggerIdCache(pipelineId, () => readId(project, pipelineId));
      return carried === id ? snapshotOf(pipelineFrom(row)) : null;
    },

    async newestPipeline(project, ref) {
      const [newest] = await firstPage(project, ref, { perPage: 1 });
      return newest === undefined ? null : pipelineFrom(newest);
    },

    async pipelinesAfter(project, ref, id): Promise<readonly PipelineOfRef[]> {
      const username = await userName();
      const rows = await firstPage(project, ref, username === null ? { perPage } : { perPage, username });
      const sources = triggerToken === null ? ['api'] : ['trigger', 'pipeline'];
      return rows
        .filter((row) => row.id > id && (row.source == null || sources.includes(row.source)))
        .map(pipelineFrom);
    },
  };
}

/** Made through the API: with a user's token, a trigger token, or a job's token. */
const mayBeOurs = (source: string | null | undefined): boolean =>
  source == null || ['api', 'trigger', 'pipeline'].includes(source);

/** A page that shows fewer of the wanted pipelines costs more than it saves; the first page is always read. */
const wantedPerPage = 25;

/** The wanted ones among a project's pipelines updated since the time, newest first, as far as it saves reads. */
export async function listPipelines(
  requester: Pick<Requester, 'get'>,
  project: string,
  ids: readonly PipelineId[],
  updatedAfter: number,
): Promise<readonly PipelineSnapshot[]> {
  const found = new Map<PipelineId, PipelineSnapshot>();
  const pages = Math.ceil(ids.length / wantedPerPage);
  for (let page = 1; page <= pages && found.size < ids.length; page += 1) {
    const searchParams = {
      updatedAfter: new Date(updatedAfter).toISOString(),
      orderBy: 'id',
      sort: 'desc',
      perPage,
      page,
    };
    const { body } = await requester.get(`${projectPath(project)}/pipelines`, { searchParams });
    const rows = parsePipelines(body).map(pipelineFrom);
    for (const row of rows) if (ids.includes(row.id)) found.set(row.id, snapshotOf(row));
    if (rows.length < perPage) break;
  }
  return [...found.values()];
}
