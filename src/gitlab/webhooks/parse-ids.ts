import { z } from 'zod';
import type { UnreadablePayload } from '../../domain/delivery.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { idIfAny, project } from '../schema/parts.ts';

/** The members of a Pipeline Hook or a Job Hook that name its pipeline and its project. */
const hint = z.object({
  object_attributes: z.object({ id: idIfAny }).nullish().catch(null),
  pipeline_id: idIfAny,
  project_id: idIfAny,
  project,
});

/** The pipeline, or at least the project, of a webhook that could not be parsed. */
export function parseIds(body: unknown): Pick<UnreadablePayload, 'pipelineId' | 'projects'> {
  const ids = hint.safeParse(body).data;
  const pipelineId = ids?.object_attributes?.id ?? ids?.pipeline_id ?? null;
  const names = [ids?.project?.path_with_namespace, ids?.project?.id ?? ids?.project_id];
  return {
    pipelineId: pipelineId as PipelineId | null,
    projects: names.flatMap((name) => (name == null ? [] : [String(name)])),
  };
}
