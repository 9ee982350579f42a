import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const files = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return process.env['CHROMIUM_PATH'] ?? files.find((file) => existsSync(file)) ?? null;
}

/** The browser of this machine, from `CHROMIUM_PATH` or the PATH; null where there is none. */
export const chromiumPath = findChromium();

/** Runs as root too, in containers, and calls nobody but the pages it is given. Its profile is new and its own. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error where there is no Chromium */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === null) throw new Error('no Chromium in the PATH; CHROMIUM_PATH may name one');
  return chromium.launch({ executablePath: chromiumPath, headless: true, args: flags });
}
