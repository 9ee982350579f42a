import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isInstalled } from '../../support/is-installed.ts';
import { run } from '../../support/run-command.ts';
import { callCli } from '../../support/call-cli.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await callCli(['completion', shell]);
  expect([code, stderr]).toEqual([0, '']);
  const file = path.join(directory.path, `completion.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

/** What each shell offers for the last of these words; it is run for it, and gives a line for each. */
const askers: Readonly<Record<string, (file: string, words: readonly string[]) => readonly string[]>> = {
  bash: (file, words) => [
    '-c',
    `source "$1"; shift; COMP_WORDS=(pipeline-trigger "$@"); COMP_CWORD=$#
     _pipeline_trigger; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    file,
    ...words,
  ],
  // Its own part in it is played by three functions: it shows completions on a terminal only.
  zsh: (file, words) => [
    '-fc',
    `compdef() { :; }; _files() { print -- completion.zsh; }
     _describe() { local word; for word in "\${(@P)2}"; do print -r -- "\${word%%:*}"; done; }
     compadd() { shift; print -rl -- "$@"; }
     source "$1"; shift; words=(pipeline-trigger "$@"); CURRENT=$(($# + 1)); _pipeline_trigger`,
    'zsh',
    file,
    ...words,
  ],
  fish: (file, words) => [
    '--no-config',
    '-c',
    'source $argv[1]; complete -C $argv[2] | string replace -r "\\t.*" ""',
    file,
    ['pipeline-trigger', ...words].join(' '),
  ],
};

/** bash is everywhere; the others are tried where they are, which .ci/run sees to. */
const shells = ['bash', 'zsh', 'fish'].map((shell) => ({ shell, isMissing: !isInstalled(shell) }));

describe.each(shells)('in $shell', ({ shell, isMissing }) => {
  const offered = async (...words: readonly string[]): Promise<readonly string[]> => {
    const args = askers[shell]?.(await scriptFor(shell), words) ?? [];
    const { stdout, stderr } = await run(shell, args, { HOME: directory.path });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['commands', [''], ['list', 'keys', 'backup', 'completion'], ['create', 'pending']],
    ['commands of a group', ['keys', ''], ['create', 'list', 'revoke'], ['show']],
    ['options', ['keys', 'create', '-'], ['--name', '--role', '--json'], ['--state']],
    ['what an option takes', ['list', '--state', ''], ['pending', 'finished', 'all'], ['--json']],
    ['outcomes, also after an id', ['resolve', 'trg_1', '--as', ''], ['success', 'manual_passed'], ['--as']],
    ['what an argument may be', ['completion', ''], ['bash', 'zsh', 'fish'], ['list']],
    ['nothing for what only you know', ['cancel', 'trg_1', '--reason', ''], [], ['--reason', 'list']],
  ])('%s', { skip: isMissing }, async (_what, words, wanted, unwanted) => {
    const found = await offered(...words);
    for (const word of wanted) expect(found).toContain(word);
    for (const word of unwanted) expect(found).not.toContain(word);
  });

  test.skipIf(isMissing)('files', async () => {
    const found = await offered('backup', `${directory.path}/`);
    expect(found.some((file) => file.includes('completion.'))).toBe(true);
  });
});

test.each([
  ['bash', /^complete -F _pipeline_trigger pipeline-trigger$/m, String.raw`'\''`],
  ['zsh', /^#compdef pipeline-trigger\n/, String.raw`'\''`],
  ['fish', /^complete -c pipeline-trigger -f$/m, String.raw`\'`],
])('in the script for %s every quote is closed', async (shell, line, escaped) => {
  const { stdout } = await callCli(['completion', shell]);
  expect(stdout).toMatch(line);
  const bare = stdout.replaceAll(/^#.*$/gm, '').replaceAll(escaped, '');
  expect((bare.match(/'/g) ?? []).length % 2).toBe(0);
});

test('a shell that is none is refused', async () => {
  expect((await callCli(['completion', 'cmd'])).code).toBe(2);
});
