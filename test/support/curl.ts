import { spawnSync } from 'node:child_process';
import { refuseLeak } from './canary.ts';
import type { Finished } from './run-command.ts';
import { run } from './run-command.ts';
import { adminToken } from './start-service.ts';

export const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** All that a job needs to wait for a pipeline, as the README shows it. */
const line = `curl -sSL --fail-with-body --max-redirs -1 --retry 60 --retry-delay 5 --retry-connrefused \\
  -H "Authorization: Bearer $PIPELINE_TRIGGER_TOKEN" -H "Idempotency-Key: $CI_PROJECT_ID:$CI_JOB_ID" \\
  -H 'content-type: application/json' -d "$REQUEST" "$PIPELINE_TRIGGER_URL/v1/triggers?mode=follow$MORE"`;

/** Runs the line in a shell. The same job is given the same trigger again. */
export async function followWithCurl(
  url: string,
  request: object,
  { job = 7, more = '', token = adminToken } = {},
): Promise<Finished> {
  const finished = await run('/bin/sh', ['-c', line], {
    PIPELINE_TRIGGER_URL: url,
    PIPELINE_TRIGGER_TOKEN: token,
    CI_PROJECT_ID: '1',
    CI_JOB_ID: String(job),
    REQUEST: JSON.stringify(request),
    MORE: more,
  });
  refuseLeak('what curl prints', finished.stdout + finished.stderr);
  return finished;
}
