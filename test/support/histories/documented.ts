import type { PipelineReading } from '../../../src/domain/trigger/event.ts';
import type { JobId, PipelineId } from '../../../src/domain/ids.ts';
import { hookFixtures, readFixture } from '../hook-fixtures.ts';
import type { History } from './history.ts';

/** Of a Pipeline Hook, what is needed to tell what GitLab would answer. */
interface Body {
  readonly object_attributes: { readonly id: number; readonly status: string };
  readonly project: { readonly id: number; readonly path_with_namespace: string };
  readonly builds: readonly {
    readonly id: number;
    readonly name: string;
    readonly stage: string;
    readonly status: string;
    readonly allow_failure?: boolean;
  }[];
}

const readingOf = ({ object_attributes: { id, status }, project, builds }: Body): PipelineReading => ({
  id: id as PipelineId,
  projectId: project.id,
  status,
  webUrl: null,
  jobs: builds.map((build) => ({
    id: build.id as JobId,
    name: build.name,
    stage: build.stage,
    status: build.status,
    allowFailure: build.allow_failure === true,
    failureReason: null,
    webUrl: null,
  })),
  failedJobs: [],
});

/** The documented Pipeline Hooks: histories of a single moment. Their origins: test/fixtures/hooks/SOURCES.md */
export const documentedHistories: readonly History[] = hookFixtures
  .filter((name) => name.includes('pipeline'))
  .map((name) => {
    const body = JSON.parse(readFixture(name)) as Body;
    return {
      name,
      source: `test/fixtures/hooks/${name}.json`,
      request: { project: body.project.path_with_namespace, retry: false, onManual: 'fail', jobs: null },
      moments: [{ opening: null, reading: readingOf(body), hooks: [{ event: 'Pipeline Hook', body }] }],
    };
  });
