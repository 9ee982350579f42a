/** A part of an archive that `--artifact` names. */
export interface WantedArtifact {
  readonly job: string;
  /** Null: the whole archive. */
  readonly path: string | null;
}

/** Reads `JOB[:PATH]`. A job may have colons in its name: the longest name of a job that is there counts. */
export function readWanted(text: string, jobs: ReadonlySet<string>): WantedArtifact {
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  const ends = [text.length, ...colons.toReversed()];
  const end = ends.find((at) => jobs.has(text.slice(0, at))) ?? colons[0] ?? text.length;
  const path = text.slice(end + 1);
  return { job: text.slice(0, end), path: path === '' ? null : path };
}

/** What the file systems of common systems cannot hold in a name, and what would lead out of a folder. */
const unfit = /[<>:"/\\|?*\p{Cc}\p{Bidi_Control}]/gu;

const fileName = (name: string): string =>
  /^\.{0,2}$/.test(name) ? '_'.repeat(Math.max(name.length, 1)) : name.replaceAll(unfit, '_');

/** Where a download goes, below the folder for downloads. Source: CONTRACT, section 8 */
export const targetOf = ({ job, path }: WantedArtifact): readonly string[] =>
  path === null ? [`${fileName(job)}.zip`] : [fileName(job), ...path.split('/').map(fileName)];
