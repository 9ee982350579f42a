import { describe, expect, test } from 'vitest';
import { createJobLines } from '../../../src/cli/trigger/job-lines.ts';
import type { ScreenOutput } from '../../../src/cli/trigger/screen.ts';
import { createScreen } from '../../../src/cli/trigger/screen.ts';
import type { Progress } from '../../../src/cli/trigger/progress.ts';

interface Terminal {
  readonly stdout: ScreenOutput;
  readonly stderr: ScreenOutput;
  /** Everything in the order it was written; what came on stderr is in «these». */
  readonly text: () => string;
}

function createTerminal({ isTTY = false } = {}): Terminal {
  let text = '';
  const size = { isTTY, columns: 40, rows: 8 };
  return {
    stdout: { ...size, write: (part) => void (text += part) },
    stderr: { ...size, write: (part) => void (text += `«${part}»`) },
    text: () => text.replaceAll('\u001b', 'ESC'),
  };
}

const screenOf = ({ stdout, stderr }: Terminal, env: Record<string, string> = {}) =>
  createScreen({ stdout, stderr, env, secrets: [] });

const job = (name: string, status: string): Progress => ({ type: 'job', id: 1, name, stage: 'test', status });
const outcome: Progress = { type: 'outcome', outcome: 'success', reason: null, failedJobs: [] };

describe('piped', () => {
  test('everything comes as it is, without colours', () => {
    const terminal = createTerminal();
    const screen = screenOf(terminal);
    screen.print('..');
    screen.note('what happened');
    screen.showBelow(['a line']);
    screen.print('.\n');
    expect(terminal.text()).toBe('..«trigger: what happened\n».\n');
    expect([screen.isWatched, screen.hasColors]).toEqual([false, false]);
  });

  test('in the log of GitLab, where both streams meet, a note does not run into the dots', () => {
    const terminal = createTerminal();
    const screen = screenOf(terminal, { GITLAB_CI: 'true' });
    screen.print('..');
    screen.note('one');
    screen.note('two');
    expect(terminal.text()).toBe('..«\ntrigger: one\n»«trigger: two\n»');
  });

  test.each([
    [true, '«trigger: job unit (test): running\n»'],
    [false, ''],
  ])('a line for each change of a job, if that is wanted: %s', (isWanted, expected) => {
    const terminal = createTerminal();
    createJobLines(screenOf(terminal), isWanted)(job('unit', 'running'));
    expect(terminal.text()).toBe(expected);
  });
});

describe('on a terminal', () => {
  test('there is a line for each job below what is printed, which changes in place', () => {
    const terminal = createTerminal({ isTTY: true });
    const screen = screenOf(terminal, { NO_COLOR: '1' });
    const tell = createJobLines(screen, false);
    screen.print('Waiting\n..');
    tell(job('build', 'success'));
    tell(job('unit', 'running'));
    screen.print('.\n');
    tell(outcome);
    screen.print('Pipeline succeeded\n');
    expect(terminal.text()).toBe(
      [
        'Waiting\n..',
        '«\n✓ build (test) successESC[1AESC[3G»',
        '«ESC[J»«\n✓ build (test) success\n▸ unit (test) runningESC[2AESC[3G»',
        '«ESC[J».\n«\n✓ build (test) success\n▸ unit (test) runningESC[2AESC[1G»',
        '«ESC[J»«✓ build (test) success\n▸ unit (test) running\n»Pipeline succeeded\n',
      ].join(''),
    );
  });

  test('jobs have colours, unless NO_COLOR is set', () => {
    const colored = createTerminal({ isTTY: true });
    createJobLines(screenOf(colored), false)(job('unit', 'failed'));
    expect(colored.text()).toContain('ESC[31m✗ unit (test) failedESC[0m');
    expect(screenOf(colored, { NO_COLOR: '1' }).hasColors).toBe(false);
    expect(screenOf(colored, { NO_COLOR: '' }).hasColors).toBe(true);
    expect(screenOf(colored, { TERM: 'dumb' }).isWatched).toBe(false);
  });

  test('more jobs than fit are cut to the last ones, and to the width', () => {
    const terminal = createTerminal({ isTTY: true });
    const lines = Array.from({ length: 9 }, (_, index) => `${index} ${'x'.repeat(60)}`);
    screenOf(terminal).showBelow(lines);
    expect(terminal.text()).toBe(
      `«\n${lines.slice(-5).map((line) => line.slice(0, 39)).join('\n')}ESC[5AESC[1G»`, // prettier-ignore
    );
  });
});
