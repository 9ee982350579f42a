import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface TemporaryDirectory {
  readonly path: string;
  readonly remove: () => void;
}

/** A directory of one test's own; its maker removes it. */
export function makeTemporaryDirectory(): TemporaryDirectory {
  const made = mkdtempSync(path.join(tmpdir(), 'pipeline-trigger-'));
  return { path: made, remove: () => rmSync(made, { recursive: true, force: true }) };
}
