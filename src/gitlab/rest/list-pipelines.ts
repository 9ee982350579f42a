import type { PipelineSnapshot } from '../../domain/trigger/event.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { projectPath } from './project-path.ts';
import { parsePipelines, pipelineFrom, snapshotOf } from '../schema/read-pipeline.ts';
import type { Requester } from './requester.ts';

/** The most that GitLab gives. */
const perPage = 100;
/** A page that shows fewer of those wanted costs more than it saves; the first one is always tried. */
const wantedPerPage = 25;

/** The wanted pipelines among those of a project updated since the time, newest first, as far down as it pays. */
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
