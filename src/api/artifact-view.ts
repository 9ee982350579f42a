import { z } from 'zod';

/** A file that a job has left. */
const artifactSchema = z
  .object({
    job: z.string().meta({ description: 'The name of the job.' }),
    jobId: z.int(),
    file: z.string().meta({ description: 'Its name in GitLab; an archive is `artifacts.zip`.' }),
    size: z.number().meta({ description: 'In bytes, as GitLab keeps it.' }),
    type: z
      .string()
      .meta({ description: 'GitLab’s `file_type`: `archive`, `dotenv`, `junit` …', examples: ['archive'] }),
    pipelineId: z
      .int()
      .optional()
      .meta({ description: 'The child pipeline of its job; left out for the trigger’s own.' }),
  })
  .meta({ id: 'Artifact', description: 'A file that a job has left.' });

/** The files that the jobs of a trigger have left. */
export const artifactsSchema = z.object({ items: z.array(artifactSchema) }).meta({ id: 'Artifacts' });
