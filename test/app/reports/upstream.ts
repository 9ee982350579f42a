import type { PipelineId } from '../../../src/domain/ids.ts';
import type { ReportRequest } from '../../../src/domain/trigger/report.ts';
import type { Outside } from '../start-engine.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const gates = {
  id: 20,
  path: 'group/upstream',
  ci: {
    stages: ['build', 'gate', 'after'],
    build: { stage: 'build', script: 'make' },
    gate: { stage: 'gate', script: 'trigger --verdict', when: 'delayed', start_in: '6 hours' },
    'by hand': { stage: 'gate', script: 'x', when: 'manual', allow_failure: false },
    after: { stage: 'after', script: 'x' },
  },
};

/** A GitLab with an upstream pipeline that is under way, and a service. */
export async function startWithUpstream(outside: Outside = createOutside([gates])) {
  const service = startEngine(outside);
  const { gitlab } = service;
  const known = gitlab.pipelines().find(({ projectId }) => projectId === gates.id);
  if (known === undefined)
    await gitlab
      .connect({ url: gitlab.url, apiToken: 'glpat-person', triggerToken: null })
      .createPipeline({ project: 'group/upstream', ref: 'main', variables: {}, inputs: {} });
  const upstreamId = gitlab.pipelines().find(({ projectId }) => projectId === gates.id)?.id as PipelineId;
  const upstream = { project: 'group/upstream', pipelineId: upstreamId, jobId: null };
  const pipeline = () => {
    const found = gitlab.pipelines().find(({ id }) => id === upstreamId);
    if (found === undefined) throw new Error('the upstream pipeline is gone');
    return found;
  };
  return {
    ...service,
    upstreamId,
    startReporting: (report: Partial<ReportRequest>, request: object = {}) =>
      service.start({ upstream, report: { gate: null, commitStatus: null, ...report }, ...request }),
    /** The pipeline of the trigger that was started last ends. */
    end: async (event: 'success' | 'drop' = 'success', pipelineId?: number) => {
      for (const job of ['build', 'unit']) {
        gitlab.apply(event, [job], pipelineId);
        if (event === 'drop') break;
      }
      await service.hook(pipelineId);
    },
    jobs: (name: string) => pipeline().jobs.filter((job) => job.name === name),
    /** The statuses of the upstream pipeline that GitLab shows. */
    statuses: () => pipeline().commitStatuses.filter(({ retried }) => !retried),
    /** All that ever were. */
    allStatuses: () => pipeline().commitStatuses,
    reach: async () => {
      gitlab.apply('success', ['build'], upstreamId);
      await service.hook(upstreamId);
    },
    reportsOf: async (id: Parameters<typeof service.find>[0]) => (await service.find(id)).reports ?? [],
  };
}
