import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ArtifactContent } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import { ServiceError } from '../../client/sender.ts';
import { AppError } from '../../domain/error.ts';
import { readWanted, targetOf } from './artifact-name.ts';
import type { Session } from './progress.ts';

/** The progress of a larger file is shown, each time that so much more has come. */
const shownBytes = 50_000_000;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)}`;

/** A connection that breaks is tried again so often, from the beginning. */
const tries = 3;

interface Deps {
  readonly session: Pick<Session, 'artifacts'>;
  readonly note: (message: string) => void;
  readonly directory: string;
}

/** @returns whether all that was wanted is there now */
export async function downloadArtifacts(wanted: readonly string[], deps: Deps): Promise<boolean> {
  if (wanted.length === 0) return true;
  const jobs = await deps.session.artifacts.jobs().catch((error: unknown) => {
    deps.note(`the artifacts cannot be listed: ${why(error)}`);
    return new Set<string>();
  });
  let isComplete = true;
  for (const text of wanted) isComplete = (await downloadOne(text, jobs, deps)) && isComplete;
  return isComplete;
}

async function downloadOne(
  text: string,
  jobs: ReadonlySet<string>,
  { session, note, directory }: Deps,
): Promise<boolean> {
  const artifact = readWanted(text, jobs);
  const target = path.join(directory, ...targetOf(artifact));
  for (let attempt = 1; ; attempt += 1) {
    try {
      const content = await session.artifacts.open(artifact);
      await save(content, target, (bytes) => {
        const whole = content.length === null ? '' : ` of ${megabytes(content.length)}`;
        note(`artifact ${text}: ${megabytes(bytes)}${whole} MB`);
      });
      note(`artifact ${text}: ${target}`);
      return true;
    } catch (error) {
      if (attempt < tries && mayPass(error)) continue;
      note(`artifact ${text} is not there: ${why(error)}`);
      return false;
    }
  }
}

/** Whether it is not the answer of the service, or of GitLab, but the lack of one. */
const mayPass = (error: unknown): boolean => {
  if (error instanceof AppError) return error.code === 'gitlab_unavailable';
  if (error instanceof ServiceError)
    return error.trouble === 'unreachable' || error.trouble === 'unavailable';
  return error instanceof TypeError;
};

const why = (error: unknown): string =>
  error instanceof Failure || error instanceof AppError || error instanceof ServiceError
    ? error.message
    : ((error as NodeJS.ErrnoException).code ?? (error as Error).message);

/** The file has its name only once it is whole. */
async function save(
  { pieces }: ArtifactContent,
  target: string,
  show: (bytes: number) => void,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const part = `${target}.part`;
  try {
    await pipeline(shown(pieces, show), createWriteStream(part));
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function* shown(
  pieces: AsyncIterable<Uint8Array>,
  show: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let nextAt = shownBytes;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes >= nextAt) {
      show(bytes);
      nextAt = bytes + shownBytes;
    }
    yield piece;
  }
}
