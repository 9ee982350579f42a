import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repository } from './support/run-command.ts';

const page = readFileSync(`${repository}ARCHITECTURE.md`, 'utf8');

const foldersIn = (folder: string): string[] =>
  readdirSync(`${repository}${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${name}/`);

/** The folders that the tables name, in the first cell of a row. */
const named = [...page.matchAll(/^\| `([\w/-]+\/)` \|/gm)].map(([, folder]) => folder ?? '');

test('the table of folders names each folder of src/ and the simulator', () => {
  const expected = [...foldersIn('src').map((folder) => `src/${folder}`), 'simulator/'];
  expect(named.filter((folder) => /^(src|simulator)\//.test(folder)).toSorted()).toEqual(expected.toSorted());
});

test('the table of use cases names each folder of src/app/', () => {
  expect(named.filter((folder) => !/^(src|simulator)\//.test(folder)).toSorted()).toEqual(
    foldersIn('src/app').toSorted(),
  );
});

test.each(['ARCHITECTURE.md', 'README.md', 'CONTRIBUTING.md'])(
  'each source file that %s names is there',
  (name) => {
    const text = readFileSync(`${repository}${name}`, 'utf8');
    const files = [...text.matchAll(/(?<![\w/.-])(?:src|simulator|test)\/[\w/-]+(?:\.\w+)*/g)].map(
      ([file]) => file,
    );
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(`${repository}${file}`))).toEqual([]);
  },
);

test('nothing but index.ts lies directly in src/', () => {
  const files = readdirSync(`${repository}src`, { withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.map(({ name }) => name)).toEqual(['index.ts']);
});
