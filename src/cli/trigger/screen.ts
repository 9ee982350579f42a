import { redactSecrets } from '../../domain/redact-secrets.ts';
import { plainLine } from '../../domain/terminal-text.ts';

/** The part of a stream that is used; `process.stdout` is one. */
export interface ScreenOutput {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** All output goes through it, without secrets. */
export interface Screen {
  /** The Python command's output, on stdout. */
  readonly print: (text: string) => void;
  /** A line of text for readers of the log, on stderr; control sequences in it are left out. */
  readonly note: (message: string) => void;
  /** Text as it is, on stderr, with colours and sections of our own. */
  readonly report: (text: string) => void;
  /** Lines that stay below all other output until they are replaced; on a terminal only. */
  readonly showBelow: (lines: readonly string[]) => void;
  readonly isWatched: boolean;
  readonly hasColors: boolean;
}

interface Options {
  readonly stdout: ScreenOutput;
  readonly stderr: ScreenOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: readonly string[];
}

const clearBelow = '\u001b[J';
const colors = /\u001b\[\d*m/g;

/** A line that wraps would break the cursor movement; a line that is cut loses its colours. */
function fit(line: string, width: number): string {
  const visible = line.replaceAll(colors, '');
  return visible.length > width ? visible.slice(0, width) : line;
}

export function createScreen({ stdout, stderr, env, secrets }: Options): Screen {
  const redact = redactSecrets(secrets);
  const inGitLab = (env['GITLAB_CI'] ?? '') !== '';
  const isWatched = stderr.isTTY === true && env['TERM'] !== 'dumb';
  /** A terminal and GitLab's job log show both streams. */
  const sharesLines = inGitLab || (isWatched && stdout.isTTY === true);
  let below: readonly string[] = [];
  /** The column of the current line. */
  let column = 0;

  /** Writes the lines below the cursor and takes it back to where it was. */
  function draw(): void {
    if (below.length === 0) return;
    const width = stderr.columns ?? 80;
    const lines = below.map((line) => fit(line, width - 1));
    const back = `\u001b[${lines.length}A\u001b[${((stdout.isTTY === true ? column : 0) % width) + 1}G`;
    stderr.write(`\n${lines.join('\n')}${back}`);
  }

  function above(stream: ScreenOutput, text: string): void {
    const shown = redact(text);
    if (below.length > 0) stderr.write(clearBelow);
    stream.write(shown);
    const start = shown.lastIndexOf('\n') + 1;
    if (stream === stdout || sharesLines) column = start > 0 ? shown.length - start : column + shown.length;
    draw();
  }

  /** Ends a line of dots first, where both streams are shown in the same place. */
  const note = (message: string): void =>
    above(stderr, `${column > 0 && sharesLines ? '\n' : ''}trigger: ${plainLine(message)}\n`);

  return {
    print: (text) => above(stdout, text),
    note,
    report: (text) => above(stderr, text),
    showBelow: (lines) => {
      if (!isWatched) return;
      if (below.length > 0) stderr.write(clearBelow);
      below = lines.map(redact).slice(-Math.max((stderr.rows ?? 24) - 3, 1));
      draw();
    },
    isWatched,
    hasColors: isWatched && (env['NO_COLOR'] ?? '') === '',
  };
}
