import type { CiJob, CiPipeline } from '../engine/model.ts';
import type { Scenario } from '../scenario.ts';
import { zipOf } from './zip.ts';

export type LeftBehind = {
  /** Null: the job has no dotenv report. */
  readonly dotenv: string | null;
  /** The files of the archive by their paths; null: there is none. */
  readonly files: Readonly<Record<string, string>> | null;
  readonly isPrivate: boolean;
  readonly hasExpired: boolean;
};

const nothing: LeftBehind = { dotenv: null, files: null, isPrivate: false, hasExpired: false };

/** What this attempt of a job has left, by the scenario; nothing before it has ended. */
export function artifactsOf(
  { projects }: Scenario,
  { projectId }: Pick<CiPipeline, 'projectId'>,
  job: CiJob,
): LeftBehind {
  const script = projects.find(({ id }) => id === projectId)?.jobs[job.definition.name];
  if (script === undefined || (job.status !== 'success' && job.status !== 'failed')) return nothing;
  const reports = [script.dotenv].flat();
  return {
    dotenv: reports[Math.min(job.attempt, reports.length - 1)] ?? null,
    files: script.artifacts,
    isPrivate: script.privateArtifacts,
    hasExpired: script.expiredArtifacts,
  };
}

type ListedFile = {
  readonly file_type: string;
  readonly size: number;
  readonly filename: string;
  readonly file_format: string;
};

/** The files as the API lists them. Source: GitLab doc/api/jobs.md */
export function listedArtifacts({ dotenv, files, hasExpired }: LeftBehind): readonly ListedFile[] {
  if (hasExpired) return [];
  return [
    ...(files === null
      ? []
      : [
          {
            file_type: 'archive',
            size: zipOf(files).length,
            filename: 'artifacts.zip',
            file_format: 'zip',
          },
        ]),
    ...(dotenv === null
      ? []
      : [
          {
            file_type: 'dotenv',
            size: Buffer.byteLength(dotenv),
            filename: '.env.gz',
            file_format: 'gzip',
          },
        ]),
  ];
}
