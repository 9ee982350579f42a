import { describe, expect, test } from 'vitest';
import { readCommand } from '../../../src/cli/trigger/read-command.ts';
import type { Transcript } from '../../../src/cli/trigger/transcript.ts';
import { createTranscript } from '../../../src/cli/trigger/transcript.ts';
import type { Progress } from '../../../src/cli/trigger/progress.ts';
import type { PipelineId } from '../../../src/domain/ids.ts';
import type { Outcome } from '../../../src/domain/trigger/trigger.ts';

const webUrl = 'https://example.com/project1/-/pipelines/1';

const project: Progress = { type: 'project', id: '123' };
const status = (word: string, pipelineId = 1): Progress => ({
  type: 'status',
  pipelineId,
  status: word,
  webUrl,
});
const job = (name: string, word: string): Progress => ({
  type: 'job',
  id: 5,
  name,
  stage: 'stage1',
  status: word,
});
const looked: Progress = { type: 'looked' };
const played = (number: number): Progress => ({
  type: 'played',
  id: number,
  name: `manual${number}`,
  stage: `stage${number}`,
});
const outcome = (word: Outcome): Progress => ({
  type: 'outcome',
  outcome: word,
  reason: null,
  failedJobs: [],
});
const candidate = (word: string, sha: string, tip: string): Progress => ({
  type: 'state',
  state: 'pending',
  candidate: { id: 1 as PipelineId, status: word, sha, tip },
});

type Step = Progress | 'wait' | ((transcript: Transcript) => void);

/** What is printed for these arguments when these things happen. */
function printed(args: readonly string[], ...steps: readonly Step[]): string {
  let text = '';
  const command = readCommand(
    ['-h', 'example.com', '-a', 'a', '-p', 'p', '-t', 'master', ...args, '123'],
    {},
  );
  if (command === 'help') throw new Error('that was --help');
  const transcript = createTranscript({
    command,
    showsPage: true,
    showsResponses: false,
    print: (part) => void (text += part),
  });
  for (const step of steps) {
    if (step === 'wait') transcript.wait();
    else if (typeof step === 'function') step(transcript);
    else transcript.report(step);
  }
  return text;
}

const fresh = `Triggering pipeline for ref 'master' for project id 123
Pipeline created (id: 1)
See pipeline at https://example.com/project1/pipelines/1
`;
const failed = `Pipeline failed! Check details at '${webUrl}'\n`;

describe('the transcripts of the Python command', () => {
  const play = ['--on-manual', 'play'];
  const begin: readonly Step[] = [project, status('manual'), 'wait'];
  const end: readonly Step[] = [
    looked,
    looked,
    outcome('success'),
    (transcript) => transcript.verdict('success'),
  ];

  test('9: a manual job is played', () => {
    expect(printed(play, ...begin, played(1), ...end)).toBe(`${fresh}Waiting for pipeline 1 to finish ...

Playing manual job "manual1" from stage "stage1"...
...
Pipeline succeeded
`);
  });

  test('11: two manual jobs are played', () => {
    expect(printed(play, ...begin, played(2), played(1), ...end))
      .toBe(`${fresh}Waiting for pipeline 1 to finish ...

Playing manual job "manual2" from stage "stage2"...

Playing manual job "manual1" from stage "stage1"...
...
Pipeline succeeded
`);
  });

  test('12: there are no manual jobs', () => {
    const steps: readonly Step[] = [outcome('skipped'), (transcript) => transcript.verdict('skipped')];
    expect(printed(play, project, status('skipped'), 'wait', ...steps)).toBe(
      `${fresh}Waiting for pipeline 1 to finish ...

No manual jobs found!
.
${failed}`,
    );
  });

  test('14: a failed pipeline is run again', () => {
    const steps: readonly Step[] = [outcome('success'), (transcript) => transcript.verdict('success')];
    expect(
      printed(
        ['--retry'],
        project,
        candidate('failed', 'deadbeef', 'deadbeef'),
        status('failed'),
        'wait',
        ...steps,
      ),
    ).toBe(`Looking for pipeline 'master' for project id 123 ...
Found up to date pipeline 1 with status 'failed'
Retrying pipeline 1 ...
Waiting for pipeline 1 to finish ...
.
Pipeline succeeded
`);
  });

  test('15: an outdated pipeline is not', () => {
    const found = candidate('failed', 'deadbeef', 'newrevision');
    expect(printed(['--retry'], project, found, status('created', 2), 'wait')).toBe(
      `Looking for pipeline 'master' for project id 123 ...
Found outdated pipeline 1 with status 'failed'
Pipeline 1 for master outdated (sha: deadbe, tip is newrev) - re-running ...
Pipeline created (id: 2)
Waiting for pipeline 2 to finish ...
`,
    );
  });

  test('16: neither is one that succeeded', () => {
    const found = candidate('success', 'deadbeef', 'deadbeef');
    expect(printed(['--retry'], project, found, status('created', 2))).toBe(
      `Looking for pipeline 'master' for project id 123 ...
Found up to date pipeline 1 with status 'success'
Pipeline 1 already in state 'success' - re-running ...
Pipeline created (id: 2)
`,
    );
  });

  test('17: a pipeline of a given id is looked for', () => {
    const found = candidate('failed', 'deadbeef', 'deadbeef');
    expect(printed(['--pid', '1'], project, found, status('failed'))).toBe(
      `Fetching for pipeline '1' for project id 123 ...
Found up to date pipeline 1 with status 'failed'
Retrying pipeline 1 ...
`,
    );
  });

  test('18: detached', () => {
    expect(printed(['-d'], project, status('created'), (transcript) => transcript.detach())).toBe(
      `${fresh}Detached mode: not monitoring pipeline status - exiting now.\n`,
    );
  });
});

test('polling fails, once, and for good', () => {
  const failing = (isLast: boolean): Progress => ({
    type: 'lookFailed',
    error: 'GitLab answers 502',
    isLast,
  });
  expect(
    printed([], project, status('running'), 'wait', looked, looked, failing(false), looked, failing(true)),
  ).toBe(
    `${fresh}Waiting for pipeline 1 to finish ...
..
Polling for status failed: GitLab answers 502
.
Polling for status failed: GitLab answers 502
Polling failed 5 consecutive times. Please verify the pipeline url:
   curl -s -X GET -H "PRIVATE-TOKEN: <private token>" https://example.com/api/v4/projects/123/pipelines/1
check your api token, or check if there are connection issues.

`,
  );
});

describe('the verdict', () => {
  test.each<[Outcome, string]>([
    ['success', 'Pipeline succeeded\n'],
    ['manual_passed', 'Pipeline status is "manual", action "pass"\n'],
    ['failed', failed],
    ['canceled', failed],
    ['skipped', failed],
    ['manual', failed],
    ['error', failed],
    ['deadline', ''],
  ])('%s', (word, line) => {
    const steps: readonly Step[] = [project, status('running'), (transcript) => transcript.verdict(word)];
    expect(printed([], ...steps)).toBe(`${fresh}${line}`);
  });

  test('without a pipeline there is nothing to check', () => {
    expect(printed([], project, outcome('error'), (transcript) => transcript.verdict('error'))).toBe(
      `Triggering pipeline for ref 'master' for project id 123\n`,
    );
  });
});

test('the logs of jobs', () => {
  const steps: readonly Step[] = [
    (transcript) => transcript.logs(),
    (transcript) => transcript.job('build'),
    (transcript) => transcript.trace('line 1\nline 2\n'),
  ];
  expect(printed([], project, status('success'), ...steps)).toBe(
    `${fresh}Pipeline 1 job output:\nJob: build\nline 1\nline 2\n\n\n`,
  );
});

test('a job that could not be played is not called missing', () => {
  const stuck: readonly Step[] = [
    project,
    status('manual'),
    'wait',
    job('manual1', 'manual'),
    outcome('manual'),
  ];
  expect(printed(['--on-manual', 'play'], ...stuck)).not.toContain('No manual jobs found!');
  expect(printed(['--on-manual', 'play', '--jobs', 'other'], ...stuck)).toContain(
    '\nNo manual jobs found!\n.\n',
  );
});

test('a retried pipeline whose past is not known is not called created', () => {
  expect(printed(['--pid', '1'], project, status('running'))).not.toContain('created');
  expect(printed(['--pid', '1'], project, status('running', 2))).toContain('Pipeline created (id: 2)');
});
