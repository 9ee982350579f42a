import { readFileSync } from 'node:fs';

/** Every recorded or documented hook that we have. Their origins: test/fixtures/hooks/SOURCES.md */
export const hookFixtures = [
  'drone_go-scm_pipeline_hook',
  'drone_go-scm_pipeline_subgroup',
  'gitlab4j_build-event',
  'gitlab4j_job-event',
  'gitlab4j_pipeline-event',
  'gitlab_docs_17_job_hook',
  'gitlab_docs_17_pipeline_hook',
  'gitlab_docs_19_job_hook',
  'gitlab_docs_19_pipeline_hook',
  'go-playground_build-event',
  'go-playground_job-event',
  'go-playground_pipeline-event',
  'xanzy_go-gitlab_build',
  'xanzy_go-gitlab_job',
  'xanzy_go-gitlab_pipeline',
] as const;

export type HookFixture = (typeof hookFixtures)[number];

/** The body of a hook, as it was found. */
export const readFixture = (name: HookFixture): string =>
  readFileSync(new URL(`../fixtures/hooks/${name}.json`, import.meta.url), 'utf8');
