import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import { GitLabRefusal, isRefusal } from '../../app/ports/gitlab-unavailable.ts';
import type { GitLab, JobArtifacts } from '../../app/ports/index.ts';
import type { JobId, PipelineId } from '../../domain/ids.ts';
import { plainLine } from '../../domain/terminal-text.ts';
import { longestOutputs } from '../../domain/trigger/outputs.ts';
import { everyPage } from './every-page.ts';
import { projectPath } from './project-path.ts';
import type { Requester } from './requester.ts';

/** A job with what it has left. Source: GitLab doc/api/jobs.md */
const jobSchema = z.object({
  id: z.number().int().positive(),
  name: z.string(),
  pipeline: z.object({ id: z.number().int().positive() }).nullish(),
  artifacts: z
    .array(
      z.object({
        file_type: z.string(),
        filename: z.string().nullish(),
        size: z.number().nonnegative().nullish(),
      }),
    )
    .nullish(),
});

const jobFrom = ({ id, name, pipeline, artifacts }: z.infer<typeof jobSchema>): JobArtifacts => ({
  id: id as JobId,
  name: plainLine(name),
  pipelineId: pipeline == null ? null : (pipeline.id as PipelineId),
  artifacts: (artifacts ?? []).map(({ file_type: type, filename, size }) => ({
    type: plainLine(type),
    file: plainLine(filename ?? ''),
    size: size ?? 0,
  })),
});

const inflate = promisify(gunzip);

/** A body that is longer is none of a dotenv report, whatever it would inflate to. */
const refuseLonger = (): GitLabRefusal =>
  new GitLabRefusal(413, `the file is longer than ${longestOutputs / 1024} KiB`);

/** The first piece of a body, of four bytes at least where there are as many, and then its limited rest. */
async function wholeUpTo(pieces: AsyncIterable<Uint8Array>): Promise<Buffer | 'archive'> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    read.push(piece);
    length += piece.length;
    if (length >= 4 && isArchive(read)) return 'archive';
    if (length > longestOutputs) throw refuseLonger();
  }
  return Buffer.concat(read);
}

/** A zip file, also an empty one. */
const isArchive = (read: readonly Uint8Array[]): boolean =>
  /^PK(?:\u0003\u0004|\u0005\u0006)/.test(Buffer.concat(read).toString('latin1', 0, 4));

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** GitLab keeps reports compressed, and sends them so whatever the headers say. */
async function inflated(bytes: Buffer): Promise<Buffer> {
  if (!isGzip(bytes)) return bytes;
  try {
    return await inflate(bytes, { maxOutputLength: longestOutputs });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw refuseLonger();
    throw new GitLabRefusal(422, 'the file is damaged');
  }
}

/** GitLab drops a byte order mark and takes UTF-16LE. Source: parse_dotenv_artifact_service.rb */
function decoded(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Refused below.
  }
  throw new GitLabRefusal(422, 'the file is no text');
}

/** What jobs have left. */
export function createArtifacts(
  requester: Requester,
): Pick<GitLab, 'jobArtifacts' | 'artifactsOfJob' | 'readArtifact' | 'readDotenv'> {
  const pathOf = (project: string, id: JobId): string => `${projectPath(project)}/jobs/${id}`;

  const readArtifact: GitLab['readArtifact'] = (project, id, path, gone) =>
    requester.download(
      [`${pathOf(project, id)}/artifacts`, ...(path ?? []).map(encodeURIComponent)].join('/'),
      {},
      gone,
    );

  /** Null: GitLab does not give reports, and has sent the archive, or said that there is none. */
  async function readReport(project: string, id: JobId, gone: AbortSignal): Promise<Buffer | null> {
    const query = { searchParams: { fileType: 'dotenv' } };
    try {
      const { pieces } = await requester.download(`${pathOf(project, id)}/artifacts`, query, gone);
      const read = await wholeUpTo(pieces);
      return read === 'archive' ? null : read;
    } catch (error) {
      if (error instanceof GitLabRefusal && error.status === 404) return null;
      throw error;
    }
  }

  async function readCopy(
    project: string,
    id: JobId,
    file: readonly string[],
    gone: AbortSignal,
  ): Promise<Buffer> {
    try {
      const read = await wholeUpTo((await readArtifact(project, id, file, gone)).pieces);
      if (read !== 'archive') return read;
    } catch (error) {
      if (!isRefusal(error) || error.code !== 'not_found') throw error;
      throw new GitLabRefusal(
        404,
        `this GitLab gives no dotenv reports, and the job keeps no ${file.join('/')} in artifacts:paths`,
      );
    }
    throw new GitLabRefusal(422, 'the file is no text');
  }

  return {
    jobArtifacts: async (project, id) => {
      const rows = await everyPage(requester, `${projectPath(project)}/pipelines/${id}/jobs`);
      return z.array(jobSchema).parse(rows).map(jobFrom);
    },
    artifactsOfJob: async (project, id) =>
      jobFrom(jobSchema.parse((await requester.get(pathOf(project, id))).body)),
    readArtifact,
    readDotenv: async (project, id, file, gone) =>
      decoded(
        await inflated((await readReport(project, id, gone)) ?? (await readCopy(project, id, file, gone))),
      ),
  };
}
