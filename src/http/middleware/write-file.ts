import type { Response } from 'express';
import type { ArtifactContent } from '../../app/ports/index.ts';
import { writeWithBackpressure } from './streaming.ts';

/** A browser saves it, and runs nothing of it at this address: a job may have written any page. */
const headersFor = (fileName: string) => ({
  'content-type': 'application/octet-stream',
  'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName).replaceAll("'", '%27')}`,
  'content-security-policy': "sandbox; default-src 'none'",
  'cache-control': 'no-store',
});

/** Writes a file as it arrives, no faster than its reader takes it. A file that breaks off breaks the connection. */
export async function writeFile(
  response: Response,
  { length, pieces }: ArtifactContent,
  fileName: string,
  gone: AbortSignal,
): Promise<void> {
  response.set(headersFor(fileName));
  if (length !== null) response.set('content-length', String(length));
  response.flushHeaders();
  try {
    // HEAD asks for what there is, not to have it.
    if (response.req.method !== 'HEAD')
      for await (const piece of pieces) {
        await writeWithBackpressure(response, piece, gone);
        if (gone.aborted) break;
      }
    if (gone.aborted) response.destroy();
    else response.end();
  } catch {
    response.destroy();
  }
}
