import type { ArtifactContent } from '../../app/ports/index.ts';
import { Failure } from '../../client/errors.ts';
import { isRecord } from '../../domain/json.ts';
import type { SessionArtifacts } from './progress.ts';
import type { ServiceClient } from './service-client.ts';

const jobsIn = (body: unknown): ReadonlySet<string> => {
  const { items } = isRecord(body) ? body : {};
  return new Set(
    (Array.isArray(items) ? (items as readonly unknown[]) : []).flatMap((item) =>
      isRecord(item) && typeof item['job'] === 'string' ? [item['job']] : [],
    ),
  );
};

/** The artifacts of a trigger, through the service. @param idOf the trigger's id; null before it is known */
export function serviceArtifacts(client: ServiceClient, idOf: () => string | null): SessionArtifacts {
  function under(): string {
    const id = idOf();
    if (id === null) throw new Failure('there is no trigger');
    return `/v1/triggers/${id}/artifacts`;
  }
  return {
    jobs: async () => jobsIn(await (await client.ask(under())).json()),
    open: async ({ job, path }): Promise<ArtifactContent> => {
      const names = [job, ...(path === null ? [] : path.split('/'))].map(encodeURIComponent);
      // Not limited in time as a whole: a large file takes as long as it takes.
      const { body, headers } = await client.once([under(), ...names].join('/'), {});
      const length = headers.get('content-length');
      return {
        length: length === null ? null : Number(length),
        pieces: (body ?? []) as unknown as AsyncIterable<Uint8Array>,
      };
    },
  };
}
