import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import { static as serveFiles } from 'express';
import type { AssetUrls } from './layout.ts';

const folder = fileURLToPath(new URL('./assets/', import.meta.url));

/** The address changes with the content, so browsers may cache it without limit. */
const urlOf = (file: string): string => {
  const digest = createHash('sha256')
    .update(readFileSync(`${folder}${file}`))
    .digest('hex');
  return `/assets/${file}?v=${digest.slice(0, 12)}`;
};

export const assetUrls = (): AssetUrls => ({
  css: urlOf('dashboard.css'),
  js: urlOf('dashboard.js'),
  icon: urlOf('icon.svg'),
});

/** The files that pages load, all from the service: the dashboard works without internet. */
export const serveAssets = (): RequestHandler =>
  serveFiles(folder, { index: false, redirect: false, immutable: true, maxAge: '365d' });
