import { gzipSync } from 'node:zlib';
import type { LeftBehind } from '../world/job-artifacts.ts';
import { artifactsOf } from '../world/job-artifacts.ts';
import { zipOf } from '../world/zip.ts';
import type { ApiRoute, Call } from './call.ts';
import { lookUpJob } from './look-up.ts';
import type { ApiReply } from './reply.ts';
import { notFound, refuse, refuseInput } from './reply.ts';

/** What jobs have left. Source: GitLab doc/api/job_artifacts.md (19.4) */
export const artifactRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/projects/:id/jobs/:job_id/artifacts', audience: 'job', answer: download },
  { method: 'get', path: '/projects/:id/jobs/:job_id/artifacts/*path', audience: 'job', answer: showFile },
];

/** GitLab gives single reports since 19.4; before, it ignores the parameter. */
function givesReports({ gitlabVersion }: Call): boolean {
  const [major = 0, minor = 0] = gitlabVersion.split('.').map(Number.parseFloat);
  return major > 19 || (major === 19 && minor >= 4);
}

function leftBehind(call: Call): LeftBehind {
  const { pipeline, job } = lookUpJob(call);
  const left = artifactsOf(call.world.scenario, pipeline, job);
  if (left.isPrivate) throw refuse(403, '403 Forbidden');
  if (left.hasExpired) throw notFound();
  return left;
}

function download(call: Call): ApiReply {
  const { dotenv, files } = leftBehind(call);
  const type = call.input['file_type'];
  if (type !== undefined && givesReports(call)) {
    if (type !== 'dotenv') throw refuseInput('file_type does not have a valid value');
    if (dotenv === null) throw notFound();
    return file(call, '.env.gz', gzipSync(dotenv), 'application/octet-stream');
  }
  // A job with reports alone has no archive.
  if (files === null) throw notFound();
  return file(call, 'artifacts.zip', zipOf(files), 'application/zip');
}

/** The part of GitLab that reads archives answers a missing file in plain text. Source: workhorse, artifacts/entry.go */
function showFile(call: Call): ApiReply {
  const { files } = leftBehind(call);
  if (files === null) throw notFound();
  const path = decodeURIComponent(/\/artifacts\/([^?]*)/.exec(call.url)?.[1] ?? '');
  const content = Object.hasOwn(files, path) ? files[path] : undefined;
  if (content === undefined) return { status: 404, body: '404 page not found\n' };
  return file(call, path, Buffer.from(content), 'text/plain');
}

/** With object storage that is not proxied, the answer leads there. */
function file({ world, params }: Call, name: string, body: Buffer, type: string): ApiReply {
  const { artifactStorage } = world.scenario;
  if (artifactStorage === null) return { status: 200, body, headers: { 'content-type': type } };
  const location = `${artifactStorage}/${params['job_id'] ?? ''}/${encodeURIComponent(name)}?signature=secret`;
  return { status: 302, body: '', headers: { location } };
}
