import { addition, repeated, toggle, valued } from './flag.ts';
import {
  readBoolean,
  readChoice,
  readInput,
  readInteger,
  readRetries,
  readSeconds,
  readText,
  readUrl,
} from './read-value.ts';

/** Every option of `trigger`, in the order of the usage line: those of the Python command, then ours. */
export const flags = {
  apiToken: valued(['-a', '--api-token'], readText, {
    help: 'personal access token (not required when running detached)',
  }),
  detached: toggle(['-d', '--detached'], { help: 'trigger the pipeline, do not wait for it' }),
  env: repeated(['-e', '--env'], readText, {
    help: 'variable for the pipeline, NAME=VALUE; may be repeated',
  }),
  host: valued(['-h', '--host'], readText, { help: 'GitLab host, or its URL (default: gitlab.com)' }),
  help: toggle(['--help'], { help: 'show this help message and exit' }),
  jobs: valued(['--jobs'], readText, {
    help: 'comma-separated list of manual jobs to run on `--on-manual play`',
  }),
  output: toggle(['-o', '--output'], { help: "show the jobs' logs when the pipeline has ended" }),
  onManual: valued(['--on-manual'], readChoice(['fail', 'pass', 'play'] as const), {
    metavar: '{fail,pass,play}',
    help: 'action if "manual" status occurs (default: fail)',
  }),
  pipelineToken: valued(['-p', '--pipeline-token'], readText, { isRequired: true, help: 'pipeline token' }),
  pid: valued(['--pid'], readInteger, {
    help: 'optional pipeline id of remote pipeline to be retried (implies -r)',
  }),
  retry: toggle(['-r', '--retry'], { help: 'retry latest pipeline for given TARGET_REF' }),
  sleep: valued(['-s', '--sleep'], readInteger, {
    help: 'seconds between two looks at the pipeline (default: 5)',
  }),
  targetRef: valued(['-t', '--target-ref'], readText, {
    isRequired: true,
    help: 'target ref (branch, tag, commit)',
  }),
  urlPath: valued(['-u', '--url-path'], readText, {
    help: "path of GitLab's API for projects (default: /api/v4/projects)",
  }),
  verifyssl: valued(['-v', '--verifyssl'], readBoolean, {
    help: 'activate the ssl verification, set false for self-signed certificate (default: true)',
  }),
  verbose: toggle(['--verbose'], { help: 'verbose logging of responses' }),
  server: addition(
    valued(['--server'], readUrl, {
      metavar: 'URL',
      help: 'have the pipeline-trigger service at this URL do the work (default: $PIPELINE_TRIGGER_URL)',
    }),
  ),
  serverTimeout: addition(
    valued(['--server-timeout'], readSeconds, {
      metavar: 'SECONDS',
      help: 'how long the service may be away before this command gives up (default: 900)',
    }),
  ),
  timeout: addition(
    valued(['--timeout'], readSeconds, { metavar: 'SECONDS', help: 'how long to wait for the pipeline' }),
  ),
  cancelOnInterrupt: addition(
    toggle(['--cancel-on-interrupt'], { help: 'cancel the pipeline when this command is stopped' }),
  ),
  json: addition(toggle(['--json'], { help: 'print the trigger as a line of JSON at the end' })),
  dotenv: addition(
    valued(['--dotenv'], readText, {
      metavar: 'FILE',
      help: 'write TRIGGERED_PIPELINE_ID, _URL and _STATUS to this file',
    }),
  ),
  detailedExitcode: addition(
    toggle(['--detailed-exitcode'], {
      help: 'exit 3 if canceled, 4 if skipped, 5 if blocked by a manual job, 6 if the time was up (default: 1)',
    }),
  ),
  manual: addition(
    valued(['--manual'], readText, {
      metavar: 'FILE',
      help: 'YAML file with rules for manual jobs, instead of --on-manual and --jobs',
    }),
  ),
  outputs: addition(
    repeated(['--outputs'], readText, {
      metavar: 'JOB',
      help: 'add the dotenv values of this job to --dotenv and --json, * for any; may be repeated',
    }),
  ),
  artifact: addition(
    repeated(['--artifact'], readText, {
      metavar: 'JOB[:PATH]',
      help: 'download the artifacts of this job, or one file of them, at the end; may be repeated',
    }),
  ),
  artifactDir: addition(
    valued(['--artifact-dir'], readText, {
      metavar: 'DIR',
      help: 'where downloads go (default: the current directory)',
    }),
  ),
  autoRetry: addition(
    valued(['--auto-retry'], readRetries, {
      metavar: 'N',
      help: 'retry jobs that the infrastructure broke, each up to N times (1 to 5)',
    }),
  ),
  failureGrace: addition(
    valued(['--failure-grace'], readSeconds, {
      metavar: 'SECONDS',
      help: 'watch a failed pipeline so long, in case somebody retries it in GitLab',
    }),
  ),
  gate: addition(
    valued(['--gate'], readText, {
      metavar: 'JOB',
      help: 'do not wait: the service plays this delayed or manual job of this pipeline at the end',
    }),
  ),
  commitStatus: addition(
    valued(['--commit-status'], readText, {
      metavar: 'NAME',
      help: 'do not wait: the service sets a commit status of this name on this pipeline',
    }),
  ),
  verdict: addition(
    toggle(['--verdict'], {
      help: 'in a gate job: end as the triggers did that name it (takes no TARGET_REF and project_id)',
    }),
  ),
  input: addition(
    repeated(['--input'], readInput, {
      metavar: 'NAME=VALUE',
      help: 'input for the pipeline; may be repeated',
    }),
  ),
};

/** The one argument that is not an option. */
export const positional = { name: 'project_id', help: 'id of the project, or its path (needs an api token)' };
