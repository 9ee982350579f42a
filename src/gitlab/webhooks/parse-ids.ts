import { z } from 'zod';
import type { UnreadablePayload } from '../../domain/delivery.ts';
import type { PipelineId } from '../../domain/ids.ts';
import { idIfAny, project } from '../schema/parts.ts';

/** The places where a Pipeline Hook or a Job Hook names its pipeline and its project, whatever else is in it. */
const hint = z.object({
  object_attributes: z.object({ id: idIfAny }).nullish().catch(null),
  pipeline_id: idIfAny,
  project_id: idIfAny,
  project,
});

/** Which pipeline, or at least which project, a hook is about that could not be read. */
export function parseIds(body: unknown): Pick<UnreadablePayload, 'pipelineId' | 'projects'> {
  const ids = hint.safeParse(body).data;
  const pipelineId = ids?.object_attributes?.id ?? ids?.pipeline_id ?? null;
  const names = [ids?.project?.path_with_namespace, ids?.project?.id ?? ids?.project_id];
  return {
    pipelineId: pipelineId as PipelineId | null,
    projects: names.flatMap((name) => (name == null ? [] : [String(name)])),
  };
}
