import { closeSync, openSync } from 'node:fs';

/** Makes a file that only its owner may open, unless it is there. @throws Error of the system */
export function makePrivateFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}
