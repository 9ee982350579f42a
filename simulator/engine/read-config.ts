import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { JobEntry } from './config-entries.ts';
import { globalEntry, globalKeywords, jobEntry } from './config-entries.ts';
import { checkJobs } from './check-jobs.ts';
import { defineJob, readVariables, requiredNeeds } from './define-job.ts';
import type { JobDefinition, Variable } from './model.ts';
import { firstRule } from './rules.ts';

export type PipelineConfig = {
  readonly name: string | null;
  readonly stages: readonly string[];
  readonly jobs: readonly JobDefinition[];
  readonly cancelOnJobFailure: boolean;
  readonly variables: readonly Variable[];
};

/** `invalid`: GitLab keeps a failed pipeline with the errors. `filtered`: it makes none. */
export type ConfigReading =
  | { readonly kind: 'config'; readonly config: PipelineConfig }
  | { readonly kind: 'invalid'; readonly errors: readonly string[] }
  | { readonly kind: 'filtered'; readonly error: string };

const defaultStages = ['build', 'test', 'deploy'];

/** Reads a `.gitlab-ci.yml` (text, or already parsed) for a pipeline with these variables. */
export function readConfig(source: unknown, variables: readonly Variable[]): ConfigReading {
  const parsed = parse(source);
  if ('error' in parsed) return invalid(parsed.error);
  const global = globalEntry.safeParse(parsed.config);
  if (!global.success) return invalid(...complaints('', global.error));
  const { stages, workflow } = global.data;
  const entries = new Map<string, JobEntry>();
  const errors: string[] = [];
  for (const [name, value] of jobsOf(parsed.config)) {
    const entry = jobEntry.safeParse(value);
    if (entry.success) entries.set(name, entry.data);
    else errors.push(...complaints(`jobs:${name}`, entry.error));
  }
  const allStages = ['.pre', ...(stages ?? defaultStages), '.post'];
  if (errors.length === 0) errors.push(...checkJobs(entries, allStages));
  if (errors.length > 0) return invalid(...errors);

  const own = readVariables(global.data.variables ?? {});
  const known = new Map([...own, ...variables].map(({ key, value }) => [key, value]));
  const verdict = workflow?.rules === undefined ? undefined : firstRule(workflow.rules, known);
  if (verdict === null || verdict?.when === 'never') {
    return { kind: 'filtered', error: 'Pipeline filtered out by workflow rules.' };
  }
  return select(entries, known, {
    name: workflow?.name ?? null,
    stages: allStages,
    cancelOnJobFailure: workflow?.auto_cancel?.on_job_failure === 'all',
    variables: own,
  });
}

/** The jobs whose rules hold, and only the stages they are in. */
function select(
  entries: ReadonlyMap<string, JobEntry>,
  known: ReadonlyMap<string, string>,
  rest: Omit<PipelineConfig, 'jobs'>,
): ConfigReading {
  const jobs: JobDefinition[] = [];
  for (const [name, entry] of entries) {
    const verdict = entry.rules === undefined ? undefined : firstRule(entry.rules, known);
    if (verdict === null) continue;
    const job = defineJob(name, entry, verdict);
    if (job.when !== 'never') jobs.push(job);
  }
  if (!jobs.some(({ stage }) => stage !== '.pre' && stage !== '.post')) {
    return {
      kind: 'filtered',
      error:
        'Pipeline will not run for the selected trigger. ' +
        'The rules configuration prevented any jobs from being added to the pipeline.',
    };
  }
  const missing = jobs.flatMap(({ name }) => missingNeeds(name, entries, jobs));
  if (missing.length > 0) return invalid(...missing);
  const stages = rest.stages.filter((stage) => jobs.some((job) => job.stage === stage));
  return { kind: 'config', config: { ...rest, stages, jobs } };
}

function missingNeeds(
  name: string,
  entries: ReadonlyMap<string, JobEntry>,
  jobs: readonly JobDefinition[],
): string[] {
  const entry = entries.get(name);
  if (entry === undefined) return [];
  return requiredNeeds(entry)
    .filter((need) => !need.optional && !jobs.some((job) => job.name === need.name))
    .map(
      (need) =>
        `'${name}' job needs '${need.name}' job, but '${need.name}' does not exist in the pipeline. ` +
        'This might be because of the only, except, or rules keywords. ' +
        'To need a job that sometimes does not exist in the pipeline, use needs:optional.',
    );
}

function parse(source: unknown): { config: Record<string, unknown> } | { error: string } {
  if (typeof source !== 'string') return asMapping(source);
  const document = parseDocument(source, { merge: true });
  const [error] = document.errors;
  if (error === undefined) return asMapping(document.toJS());
  const [position] = error.linePos ?? [];
  const reason = error.message.split(/ at line \d/)[0] ?? error.message;
  return { error: `(<unknown>): ${reason} at line ${position?.line ?? 1} column ${position?.col ?? 1}` };
}

function asMapping(value: unknown): { config: Record<string, unknown> } | { error: string } {
  const mapping = z.record(z.string(), z.unknown()).safeParse(value);
  return mapping.success ? { config: mapping.data } : { error: 'Invalid configuration format' };
}

/** Names that begin with a dot are templates, not jobs. */
function jobsOf(config: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(config).filter(([name]) => !globalKeywords.has(name) && !name.startsWith('.'));
}

function complaints(at: string, error: z.ZodError): string[] {
  return error.issues.map((issue) => {
    const path = [at, ...issue.path.map(String)].filter((part) => part !== '').join(':');
    return `${path} config is invalid: ${issue.message}`;
  });
}

function invalid(...errors: string[]): ConfigReading {
  return { kind: 'invalid', errors };
}
