/**
 * `node scripts/api-page.ts write`: makes docs/api.md of what `/openapi.json` is made of.
 * `node scripts/api-page.ts check`: fails when the page says something else.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from '../src/http/api/openapi.ts';
import { routes } from '../src/http/api/routes/all.ts';
import type { ApiDocument } from './api-page/document.ts';
import { renderPage } from './api-page/render-page.ts';

const file = 'docs/api.md';
// Which version it is of the page does not say: it would be another page with each release.
const document = JSON.parse(JSON.stringify(openApiDocument(routes, ''))) as ApiDocument;
const page = renderPage(document);

if (process.argv[2] === 'write') await writeFile(file, page);
else if ((await readFile(file, 'utf8').catch(() => '')) !== page) {
  process.stderr.write(`${file} does not say what /openapi.json says: npm run api-page\n`);
  process.exitCode = 1;
} else process.stdout.write(`${file} says what /openapi.json says\n`);
