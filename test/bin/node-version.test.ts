import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { oldestNode, problemOfNode } from '../../src/platform/node-version.ts';
import { pipelineTrigger } from '../support/built.ts';
import { repository } from '../support/repository.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

test.each([
  [{ node: '24.1.0', napi: '10' }, null],
  [{ node: '22.14.0', napi: '10' }, null],
  [{ node: '23.6.0', napi: '10' }, null],
  [{ node: '26.0.0', napi: '11' }, null],
  [{ node: '22.13.1', napi: '9' }, 'expected Node.js 22.14 or newer, this is 22.13.1'],
  [{ node: '22.12.0', napi: '9' }, 'expected Node.js 22.14 or newer, this is 22.12.0'],
  [{ node: '20.20.2', napi: '9' }, 'expected Node.js 22.14 or newer, this is 20.20.2'],
  [{ node: '9.11.2', napi: '3' }, 'expected Node.js 22.14 or newer, this is 9.11.2'],
  [
    { node: '23.5.0', napi: '9' },
    'expected Node.js with Node-API 10 (22.14 or newer, of 23 from 23.6), this is 23.5.0',
  ],
])('Node %j: %s', (versions, expected) => {
  expect(problemOfNode(versions)).toBe(expected);
});

test('package.json and the pages name the same lower bound', () => {
  const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
  expect(JSON.parse(read('package.json'))).toMatchObject({ engines: { node: `>=${oldestNode}` } });
  const pages = ['README.md', ...readdirSync(path.join(repository, 'docs')).map((name) => `docs/${name}`)];
  const bounds = pages
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...read(file).matchAll(/Node(?:\.js)?\s+(\d+(?:\.\d+)*)\s+or\s+newer/g)])
    .map(([, number]) => number);
  expect(bounds.length).toBeGreaterThan(1);
  expect(new Set(bounds)).toEqual(new Set([oldestNode]));
});

test.each(['pipeline-trigger', 'trigger'])('%s loads nothing but the check before the check', (command) => {
  const read = (file: string): string => readFileSync(path.join(repository, 'src', file), 'utf8');
  const imported = (text: string): readonly string[] =>
    [...text.matchAll(/^(?:import\b(?!\()|export [{*])[^;]*?'([^']+)'/gm)].map(([, from = '']) => from);
  const text = read(`bin/${command}.ts`);
  expect(imported(text)).toEqual(['../platform/node-version.ts']);
  expect(text.indexOf('refuseOldNode(')).toBeLessThan(text.indexOf('await import('));
  expect(imported(read('platform/node-version.ts'))).toEqual([]);
});

/** What this machine has beside the Node that the repository pins. */
const oldNodes = ['/usr/local/bin/node', '/usr/bin/node', '/usr/bin/nodejs']
  .filter((file) => existsSync(file))
  .map((file) => ({
    file,
    node: spawnSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim(),
  }))
  .filter(({ node }) => problemOfNode({ node, napi: '10' }) !== null)
  .slice(0, 1);

describe.skipIf(oldNodes.length === 0)(
  'on an older Node, which this machine may lack',
  { timeout: 240_000 },
  () => {
    const [{ file, node } = { file: '', node: '' }] = oldNodes;
    const bin = path.dirname(pipelineTrigger);

    test.each([
      ['pipeline-trigger', ['serve']],
      ['pipeline-trigger', ['keys', 'list']],
      ['pipeline-trigger', ['keys', 'create', 'x']],
      ['pipeline-trigger', ['doctor']],
      ['pipeline-trigger', ['--version']],
      ['trigger', ['-a', 'canary', '-t', 'main', '1']],
      ['trigger', ['--help']],
    ])('%s %j ends with 2 and one line, and leaves no file', (command, args) => {
      const directory = makeTemporaryDirectory();
      try {
        const env = { HOST: '127.0.0.1', DATABASE_URL: `file:${directory.path}/pt.db` };
        const { status, signal, stdout, stderr } = spawnSync(
          file,
          [path.join(bin, `${command}.js`), ...args],
          {
            cwd: directory.path,
            env,
            encoding: 'utf8',
          },
        );
        expect({ status, signal, stdout, stderr }).toEqual({
          status: 2,
          signal: null,
          stdout: '',
          stderr: `${command}: expected Node.js ${oldestNode} or newer, this is ${node}\n`,
        });
        expect(readdirSync(directory.path)).toEqual([]);
      } finally {
        directory.remove();
      }
    });
  },
);
