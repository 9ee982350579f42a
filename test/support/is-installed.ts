import { existsSync } from 'node:fs';
import path from 'node:path';

/** Whether this machine has a program: tests that need one that not every machine has are skipped by name. */
export const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, program)));
