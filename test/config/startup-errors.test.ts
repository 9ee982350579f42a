import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { toConfigError, toConfigErrorOfHost } from '../../src/config/startup-errors.ts';

/** Nobody is asked about a name that is longer than names may be. */
const tooLong = 'x'.repeat(64);
const refused = Object.assign(new Error('no'), { code: 'EADDRINUSE', syscall: 'listen' });

describe('a start that the system refuses', () => {
  test('is the fault of DATABASE_URL where its file is not to be had', async () => {
    await expect(mkdir('/dev/null/folder').catch(toConfigError)).rejects.toThrow(
      'DATABASE_URL: expected file:PATH of a file that can be opened (ENOTDIR: /dev/null/folder)',
    );
  });

  test('is the fault of HOST where the name is none', async () => {
    await expect(lookup(tooLong).catch(toConfigErrorOfHost)).rejects.toThrow(
      /^HOST: expected an address or a name of this machine \(\w+\)$/,
    );
  });

  test.each([toConfigError, toConfigErrorOfHost])('is rethrown unchanged for any other error', (blame) => {
    expect(() => blame(refused)).toThrow(refused);
    expect(() => blame(new Error('something'))).toThrow('something');
  });
});
