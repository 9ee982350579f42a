import { chmodSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLeaderLock } from '../../src/store/leader-lock.ts';
import { holdDatabase } from '../support/hold-database.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

function begin(): string {
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  chmodSync(directory.path, 0o700);
  return path.join(directory.path, 'test.db.lock');
}

test('is one process’s until it lets go', async () => {
  const file = begin();
  const [first, second] = [createLeaderLock(file), createLeaderLock(file)];
  expect(await first.take()).toBe(true);
  expect(await first.take()).toBe(true);
  expect(await second.take()).toBe(false);
  await first.release();
  expect(await second.take()).toBe(true);
  expect(await first.take()).toBe(false);
  await second.release();
});

test('holds between processes, however the other one ends', async () => {
  const file = begin();
  const claim = createLeaderLock(file);
  await claim.take();
  await claim.release();
  const letGo = await holdDatabase(file);
  expect(await claim.take()).toBe(false);
  await letGo();
  expect(await claim.take()).toBe(true);
  await claim.release();
});

test('nobody else may open it', async () => {
  const file = begin();
  const claim = createLeaderLock(file);
  await claim.take();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await claim.release();
});

test('a place where there can be no lock is trouble with the storage, not somebody else', async () => {
  const file = begin();
  mkdirSync(file);
  await expect(createLeaderLock(file).take()).rejects.toMatchObject({ code: 'storage_unavailable' });
});
