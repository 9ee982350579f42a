import type { JobClaims } from '../../src/domain/access/claims.ts';
import type { JobId, PipelineId } from '../../src/domain/ids.ts';

/** A job of group/app on its protected main branch, after a push. */
export const someClaims = (changed: Partial<JobClaims> = {}): JobClaims => ({
  projectId: 42,
  projectPath: 'group/app',
  jobProject: { id: 42, path: 'group/app' },
  ref: 'main',
  refProtected: true,
  environment: null,
  pipelineSource: 'push',
  pipelineId: 101 as PipelineId,
  jobId: 5001 as JobId,
  ...changed,
});
