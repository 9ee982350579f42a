import { z } from 'zod';
import { artifactsSchema } from '../../../api/artifact-view.ts';
import type { Route } from '../route.ts';
import { triggerParams } from './triggers.ts';

const ofJob = {
  ...triggerParams,
  job: 'The id of the job, else its name: of the latest run that of the highest id.',
} as const;

const problems = ['not_found', 'pruned', 'gitlab_refused', 'gitlab_unavailable'] as const;

const file = (description: string) => ({
  description,
  content: { 'application/octet-stream': z.string() },
  headers: { 'Content-Disposition': 'The name of the file, to be saved.' },
});

export const listArtifactsRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/artifacts',
  name: 'listArtifacts',
  tag: 'Triggers',
  summary: 'List what the jobs have left',
  description: 'Of the latest run of each job, those of child pipelines last.',
  access: 'caller',
  params: triggerParams,
  answers: { 200: { description: 'The files.', content: { 'application/json': artifactsSchema } } },
  problems,
} as const satisfies Route;

export const readArchiveRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/artifacts/{job}',
  name: 'readArchive',
  tag: 'Triggers',
  summary: 'Download the archive of a job',
  access: 'caller',
  params: ofJob,
  answers: { 200: file('The zip file, as it arrives from GitLab.') },
  problems,
} as const satisfies Route;

export const readFileRoute = {
  method: 'GET',
  path: '/v1/triggers/{id}/artifacts/{job}/{path}',
  name: 'readArtifactFile',
  tag: 'Triggers',
  summary: 'Download one file of the archive of a job',
  access: 'caller',
  params: { ...ofJob, path: 'The path of the file in the archive, with its slashes.' },
  answers: { 200: file('The file, as it arrives from GitLab.') },
  problems,
} as const satisfies Route;
