import { matches } from '../access/pattern.ts';
import type { JobId } from '../ids.ts';
import { clip, clipList } from '../text.ts';

/** The jobs whose outputs are read: by name, with `*`. */
export interface OutputsFrom {
  readonly job: string;
  /** The same file in the job's archive, for a GitLab before 19.4; null: `JOB.env`. */
  readonly file: string | null;
}

/** What jobs handed on as dotenv reports. */
export interface Outputs {
  readonly values: Readonly<Record<string, string>>;
  /** What could not be read; null: nothing. */
  readonly problem: string | null;
}

/** The limits of one trigger. Source: CONTRACT, section 8 */
export const mostValues = 200;
export const longestOutputs = 65_536;
/** So many jobs are read at most: each is a call, and a pattern may fit thousands. */
export const mostOutputJobs = 50;
/** Source: GitLab app/models/ci/job_variable.rb */
const longestName = 255;

/** Whether a pattern of a request fits the name of a job; a job may have a slash in its name, so `*` is anything. */
const fits = (name: string, { job }: OutputsFrom): boolean => matches(name, job.replaceAll(/\*+/g, '**'));

/** As much of a job as its outputs depend on. */
interface OutputJob {
  readonly id: JobId;
  readonly name: string;
}

/** The jobs that are meant, by id, each with the file in its archive that repeats its report. */
export function outputJobsOf<Job extends OutputJob>(
  from: readonly OutputsFrom[],
  jobs: readonly Job[],
): readonly (Job & { readonly file: string })[] {
  return jobs
    .toSorted((one, other) => one.id - other.id)
    .flatMap((job) => {
      const meant = from.find((each) => fits(job.name, each));
      return meant === undefined ? [] : [{ ...job, file: meant.file ?? `${job.name}.env` }];
    });
}

/** The names and patterns that no job fits. */
export const unmetOutputs = (
  from: readonly OutputsFrom[],
  jobs: readonly Pick<OutputJob, 'name'>[],
): readonly string[] =>
  from.filter((each) => !jobs.some(({ name }) => fits(name, each))).map(({ job }) => job);

/**
 * The values of a dotenv report, as GitLab takes them: one `KEY=value` a line, both trimmed, quotes are part of the
 * value, no empty line and no comment; the last one of a name counts.
 * Source: GitLab app/services/ci/parse_dotenv_artifact_service.rb
 * @returns why it is none, where it is none
 */
export function parseDotenv(text: string): ReadonlyMap<string, string> | string {
  const values = new Map<string, string>();
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  if (text === '') return values;
  for (const [index, line] of lines.entries()) {
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(at, 0)).trim();
    if (!/^\w+$/.test(name) || name.length > longestName) return `line ${index + 1} is not NAME=value`;
    values.set(name, line.slice(at + 1).trim());
  }
  return values;
}

/** What was read of one job. */
export interface JobOutputs {
  readonly id: JobId;
  readonly name: string;
  /** A text: why it could not be read. */
  readonly read: ReadonlyMap<string, string> | string;
}

const shownProblems = { most: 5, longest: 300 };

/** All outputs of a trigger: of a name that occurs twice that of the higher id; what exceeds the limits is left out. */
export function joinOutputs(read: readonly JobOutputs[], others: readonly string[]): Outputs {
  const problems = [...others];
  const joined = new Map<string, string>();
  for (const { name, read: values } of read.toSorted((one, other) => one.id - other.id)) {
    if (typeof values === 'string') problems.push(`${clip(name, longestName)}: ${values}`);
    else for (const [key, value] of values) joined.set(key, value);
  }
  const kept = withinLimits(joined);
  if (kept.length < joined.size)
    problems.push(
      `${joined.size - kept.length} of ${joined.size} values are left out: at most ${mostValues} with ${longestOutputs / 1024} KiB are kept`,
    );
  return {
    values: Object.fromEntries(kept),
    problem: problems.length === 0 ? null : clipList(problems, shownProblems).replaceAll(/\s+/g, ' '),
  };
}

/** Counted as in a dotenv file: name, `=`, value and line end in UTF-8. */
function withinLimits(values: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  let bytes = 0;
  const kept: (readonly [string, string])[] = [];
  for (const [key, value] of values) {
    const more = key.length + new TextEncoder().encode(value).length + 2;
    if (kept.length === mostValues || bytes + more > longestOutputs) continue;
    bytes += more;
    kept.push([key, value]);
  }
  return kept;
}
