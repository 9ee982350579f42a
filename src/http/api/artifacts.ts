import type { RequestHandler, Request } from 'express';
import type { Engine } from '../../app/create-engine.ts';
import { AppError } from '../../domain/error.ts';
import { artifactPath } from '../../domain/trigger/artifact-path.ts';
import { reply } from '../middleware/reply.ts';
import { writeFile } from '../middleware/write-file.ts';
import type { EventStreams } from '../middleware/event-streams.ts';
import type { FindTrigger } from './find-trigger.ts';

interface Deps {
  readonly find: FindTrigger;
  readonly artifacts: Engine['artifacts'];
}

interface DownloadDeps extends Deps {
  /** Downloads count among the open streams of a caller, and end with its rights. */
  readonly eventStreams: EventStreams;
}

/** `GET /v1/triggers/{id}/artifacts`: who may read the logs may read what the jobs have left. */
export const listArtifacts = ({ find, artifacts }: Deps): RequestHandler =>
  reply(async (request) => {
    const { trigger } = await find(request);
    return { status: 200, body: { items: await artifacts.list(trigger) } };
  });

/** `GET /v1/triggers/{id}/artifacts/{job}`, and one file of it: streamed, never kept. */
export const readArtifact = ({ find, artifacts, eventStreams }: DownloadDeps): RequestHandler =>
  async function sendArtifact(request, response) {
    const { trigger, caller } = await find(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const path = pathOf(request);
    const wanted = { job: String(request.params['job']), path };
    const recheck = (): Promise<unknown> => find(request);
    await eventStreams.run({ caller, recheck, over: gone.signal }, async (over) => {
      const content = await artifacts.read(trigger, wanted, over);
      await writeFile(response, content, path?.at(-1) ?? `${content.job}.zip`, over);
    });
    // The transfer from GitLab ends with the answer, also where nothing of it was taken.
    gone.abort();
  };

/** @throws AppError `not_found` for what is no path below the archive */
function pathOf({ params }: Request): readonly string[] | null {
  // Express gives what a wildcard stands for as the parts between slashes.
  const given = params['path'] as readonly string[] | undefined;
  if (given === undefined) return null;
  const path = artifactPath(given.join('/'));
  if (path === null) throw new AppError('not_found', 'there is no such file in the archive');
  return path;
}
