import { describe, expect, test } from 'vitest';
import { node, run, runCli } from '../support/run-command.ts';
import { readPages } from './support/read-pages.ts';
import { trigger as triggerCommand } from '../support/built.ts';

/** A command line that a page shows, cut at what the shell would not pass on. */
interface Mention {
  readonly file: string;
  readonly line: string;
}

const mentionsOf = (pattern: RegExp): readonly Mention[] =>
  readPages().flatMap(({ file, code }) =>
    code.flatMap((text) =>
      [...text.replaceAll(/\\\n */g, ' ').matchAll(pattern)].map(([, line = '']) => ({ file, line })),
    ),
  );

const flagsOf = (line: string): string[] => line.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];

const helps = new Map<string, Promise<string>>();
/** What `--help` says of a command, asked for once. */
function helpOf(words: readonly string[]): Promise<string> {
  const key = words.join(' ');
  const known = helps.get(key) ?? runCli([...words, '--help']).then(({ stdout }) => stdout);
  helps.set(key, known);
  return known;
}

/** The commands that a help text lists. */
function commandsIn(help: string): ReadonlySet<string> {
  const [, list = ''] = help.split(/^Commands:$/m);
  return new Set([...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name));
}

/** What the program does not know of a line, or nothing. */
async function unknownIn(line: string): Promise<string[]> {
  const words: string[] = [];
  let help = await helpOf(words);
  for (const word of line.split(/\s+/)) {
    const commands = commandsIn(help);
    if (commands.size === 0 || word.startsWith('-')) break;
    if (!commands.has(word)) return [word];
    words.push(word);
    help = await helpOf(words);
  }
  const known = new Set(flagsOf(help));
  return flagsOf(line).filter((flag) => !known.has(flag));
}

describe('what the pages show', () => {
  test('of `pipeline-trigger` are its commands, with their options', { timeout: 300_000 }, async () => {
    const mentions = mentionsOf(/(?<![\w/.-])pipeline-trigger +((?!pipeline-trigger)[a-z][^\n|;&`<>"]*)/g);
    expect(mentions.length).toBeGreaterThan(3);
    for (const { file, line } of mentions)
      expect(await unknownIn(line), `${file}: pipeline-trigger ${line}`).toEqual([]);
  });

  test('of `trigger` are its options', async () => {
    const { stdout: help } = await run(node, [triggerCommand, '--help']);
    const mentions = mentionsOf(/^ *(?:- )?trigger (-[^\n|;&`<>]*)/gm);
    expect(mentions.length).toBeGreaterThan(0);
    for (const { file, line } of mentions)
      expect(flagsOf(help), `${file}: trigger ${line}`).toEqual(expect.arrayContaining(flagsOf(` ${line}`)));
  });
});
