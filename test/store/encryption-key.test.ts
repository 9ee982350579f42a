import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOrMakeKey } from '../../src/store/encryption-key.ts';
import type { TemporaryDirectory } from '../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

let directory: TemporaryDirectory;
let file: string;
beforeEach(() => {
  directory = makeTemporaryDirectory();
  file = path.join(directory.path, 'pt.db.key');
});
afterEach(() => directory.remove());

test('makes a key once, for its owner only', async () => {
  const key = await readOrMakeKey(file);
  expect(key).toHaveLength(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await readOrMakeKey(file)).toEqual(key);
});

test('services that start together agree on one key', async () => {
  const keys = await Promise.all(Array.from({ length: 5 }, () => readOrMakeKey(file)));
  expect(new Set(keys.map((key) => key.toString('base64'))).size).toBe(1);
  expect(readFileSync(file, 'utf8').trim()).toBe(keys[0]?.toString('base64'));
});

test('does not take something else for a key', async () => {
  writeFileSync(file, 'not a key\n');
  await expect(readOrMakeKey(file)).rejects.toThrow('expected base64 of 32 bytes');
});
