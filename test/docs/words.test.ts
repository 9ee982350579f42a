import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/admin/program.ts';
import { openApiDocument } from '../../src/http/api/openapi.ts';
import { routes } from '../../src/http/api/routes/all.ts';
import { callTrigger } from '../cli/trigger/support/call-trigger.ts';
import { repository } from '../support/repository.ts';

interface Rule {
  /** Joined by `|` in one expression of whole words, upper and lower case alike. */
  readonly words: readonly string[];
  readonly instead: string;
}

/** Words that stand in for a term of the field, or for an actor that has a name. */
const rules: readonly Rule[] = [
  { words: ['told', 'telling'], instead: 'report, notify, log or show' },
  { words: ['wish', 'wishes', 'wished'], instead: 'request, action or desired state' },
  { words: ['lobby', 'lobbies', 'guest', 'guests'], instead: 'long poll, held request' },
  { words: ['doorbell', 'doorbells'], instead: 'notification' },
  {
    words: ['attendance', 'attendee', 'attendees', 'onlooker', 'onlookers'],
    instead: 'presence, subscriber',
  },
  { words: ['lookout', 'lookouts', 'thrifty'], instead: 'poller' },
  { words: ['party', 'parties'], instead: 'batch' },
  { words: ['agenda', 'agendas'], instead: 'schedule' },
  { words: ['sighting', 'sightings'], instead: 'observation' },
  { words: ['patience'], instead: 'timeout' },
  { words: ['door', 'doors', 'ear', 'ears'], instead: 'access, arrival' },
  { words: ['keyring'], instead: 'keys' },
  { words: ['twin', 'twins', 'kin'], instead: 'duplicate, the like' },
  { words: ['stranger', 'strangers'], instead: 'the caller without a key, the sender without the secret' },
  { words: ['mend', 'mends', 'mended', 'mending'], instead: 'fix' },
  { words: ['whoever', 'whomever'], instead: 'the actor: the service, GitLab, the caller, an operator' },
  { words: ['news'], instead: 'update, payload' },
  { words: ['at once'], instead: 'immediately, or concurrently' },
];

interface Exception {
  readonly in: RegExp;
  /** Not looked at: what a standard, GitLab or an earlier version calls something. */
  readonly text: RegExp;
}

const exceptions: readonly Exception[] = [
  { in: /./, text: /third-party/gi },
  // A test speaks for GitLab, which has no other part in it.
  { in: /^test\//, text: /\bnews/gi },
  // The role of GitLab.
  { in: /^simulator\/|^test\//, text: /'guest'/g },
  { in: /^docs\/sign-in\.md$/, text: /Guest/g },
  // The first column of its tables quotes names that a version has replaced.
  { in: /^CHANGELOG\.md$/, text: /^\|[^|]*\|/g },
];

const patterns = [
  '{src,simulator,test,bench,scripts}/**/*.{ts,js,css}',
  'docs/**/*.md',
  '*.md',
  '{deploy,templates,.ci}/**/*.*',
  '.ci/*',
  'prisma/schema.prisma',
  'Dockerfile',
];

const files = patterns
  .flatMap((pattern) => globSync(pattern, { cwd: repository }))
  .filter((file) => !/(^|\/)generated(-postgresql)?\/|\.png$|^test\/docs\/words\.test\.ts$/.test(file));

const finders = rules.map(({ words, instead }) => ({
  word: new RegExp(String.raw`\b(?:${words.join('|')})\b`, 'i'),
  instead,
}));

/** `isToldOf` is three words, as is `is_told_of`. */
const separate = (line: string): string => line.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/_/g, ' ');

/** Each line of a text that has one of the words, with what to write instead. */
function findWords(name: string, text: string): readonly string[] {
  const skipped = exceptions.filter((exception) => exception.in.test(name));
  return text.split('\n').flatMap((line, index) => {
    const rest = separate(skipped.reduce((left, exception) => left.replace(exception.text, ''), line));
    return finders.flatMap(({ word, instead }) => {
      const found = word.exec(rest)?.[0];
      return found === undefined ? [] : [`${name}:${index + 1}: "${found}": write ${instead}`];
    });
  });
}

const withSubcommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(withSubcommands),
];

describe('the words of the field are used', () => {
  test('in code, tests, pages and settings, and in the names of files', () => {
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((file) => [
      ...findWords('the name of a file', file),
      ...findWords(file, readFileSync(path.join(repository, file), 'utf8')),
    ]);
    expect(found).toEqual([]);
  });

  test('in the help of trigger', async () => {
    const { stdout } = await callTrigger(['--help']);
    expect(stdout).toContain('usage: trigger');
    expect(findWords('trigger --help', stdout)).toEqual([]);
  });

  test('in the help of pipeline-trigger and each of its commands', () => {
    let text = '';
    const program = createProgram('0.0.0', {
      env: {},
      stdout: { write: (part) => void (text += part) },
      stderr: { write: () => undefined },
      ask: null,
      parts: {} as never,
    });
    for (const command of withSubcommands(program)) command.outputHelp();
    for (const usage of ['hooks install', 'keys create', 'list'])
      expect(text).toContain(`pipeline-trigger ${usage} `);
    expect(findWords('pipeline-trigger --help', text)).toEqual([]);
  });

  test('in /openapi.json', () => {
    const text = JSON.stringify(openApiDocument(routes, ''), null, 1);
    expect(text).toContain('/v1/triggers');
    expect(findWords('/openapi.json', text)).toEqual([]);
  });
});

describe('the check', () => {
  test.each(rules.flatMap(({ words, instead }) => words.map((word) => [word, instead] as const)))(
    'finds "%s"',
    (word, instead) => {
      const capital = word.charAt(0).toUpperCase() + word.slice(1);
      const lines = [`${capital}.`, `a ${word} b`, `const is${capital}Of = 1;`, `a-${word}-b`, `a_${word}_b`];
      expect(findWords('page', ['fine', ...lines].join('\n'))).toEqual(
        lines.map(
          (_line, index) => expect.stringMatching(`^page:${index + 2}: .*: write ${instead}$`) as string,
        ),
      );
    },
  );

  test('finds no part of another word, and no quotation', () => {
    expect(findWords('page', 'indoors, yearly, mention, wishbone, kind, a third-party, scripts')).toEqual([]);
    expect(findWords('simulator/rest/projects.ts', "lookUpProject(call, 'guest')")).toEqual([]);
    expect(findWords('CHANGELOG.md', '| `wish` | `user_request` |\n| `a` | `wish` |')).toHaveLength(1);
  });
});
