import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkModes, checkSpace, checkWritable } from '../../src/doctor/check-files.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { findingsOf } from './findings-of.ts';

const directory = makeTemporaryDirectory();
afterAll(directory.remove);
const file = path.join(directory.path, 'secret');
writeFileSync(file, 'x');

test.each([
  [0o600, []],
  [0o400, []],
  [0o640, ['file_readable']],
  [0o604, ['file_readable']],
  [0o620, ['file_writable']],
  [0o602, ['file_writable']],
  [0o666, ['file_writable']],
])('a file of mode %o', (mode, expected) => {
  chmodSync(file, mode);
  const findings = checkModes([file, `${file}.none`]);
  expect(findings.map(({ code }) => code)).toEqual(expected);
  expect(findings.map(({ remedy }) => remedy)).toEqual(expected.map(() => `chmod 600 ${file}`));
});

describe('whether the database could be written', () => {
  const refuse = (refused: string, code: string) => (target: string) =>
    target === refused ? Promise.reject(Object.assign(new Error(code), { code })) : Promise.resolve();

  test('nothing is found, and nothing made, where it could', async () => {
    const before = readdirSync(directory.path);
    expect(await checkWritable(file)).toEqual([]);
    expect(await checkWritable(path.join(directory.path, 'new', 'folder', 'x.db'))).toEqual([]);
    expect(readdirSync(directory.path)).toEqual(before);
  });

  test('the file and its folder are named', async () => {
    for (const target of [file, directory.path])
      for (const code of ['EACCES', 'EROFS'])
        expect(await checkWritable(file, refuse(target, code))).toMatchObject([
          { code: 'database_unwritable', subject: target, problem: `cannot be written (${code})` },
        ]);
  });

  test('of a folder that is still to be made the one above counts', async () => {
    const deep = path.join(directory.path, 'not', 'there', 'x.db');
    const ask = async (target: string): Promise<void> => {
      if (target.includes('not')) throw Object.assign(new Error(), { code: 'ENOENT' });
      await refuse(directory.path, 'EACCES')(target);
    };
    expect(findingsOf(await checkWritable(deep, ask))).toEqual([`database_unwritable ${directory.path}`]);
  });

  test('a folder that is a file is none', async () => {
    expect(findingsOf(await checkWritable('/dev/null/x.db'))).toEqual(['database_unwritable /dev/null/x.db']);
  });
});

test('the room on the disk of the folder', async () => {
  mkdirSync(path.join(directory.path, 'data'));
  const inData = path.join(directory.path, 'data', 'x.db');
  const asked: string[] = [];
  const room = (mebibytes: number) => (folder: string) => {
    asked.push(folder);
    return Promise.resolve({ bavail: mebibytes * 256, bsize: 4096 });
  };
  expect(await checkSpace(inData, room(256))).toEqual([]);
  expect(await checkSpace(inData, room(255))).toMatchObject([
    { code: 'disk_low', subject: inData, problem: 'the disk has 255 MiB left' },
  ]);
  expect(asked).toEqual([path.dirname(inData), path.dirname(inData)]);
  expect(await checkSpace('/no/such/folder/x.db')).toEqual([]);
});
