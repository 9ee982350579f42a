import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../support/run-command.ts';
import { readPages } from './support/read-pages.ts';

const pages = readPages();
const pageOf = (file: string) => pages.find((page) => page.file === file);

/** What is wrong with a link of a page, or nothing. */
function trouble(from: string, link: string): string[] {
  if (/^[a-z]+:/.test(link)) return [];
  const [to = '', anchor] = decodeURIComponent(link).split('#');
  const file = to === '' ? from : path.join(path.dirname(from), to);
  const whole = path.join(repository, file);
  if (!existsSync(whole)) return [`${link}: there is no ${file}`];
  if (anchor === undefined) return [];
  if (statSync(whole).isDirectory() || pageOf(file)?.anchors.has(anchor) !== true)
    return [`${link}: ${file} has no heading for #${anchor}`];
  return [];
}

describe.for(pages)('$file', ({ file, links }) => {
  test('has no link that leads nowhere', () => {
    expect(links.flatMap((link) => trouble(file, link))).toEqual([]);
  });
});

test('every page of docs/ can be reached from the README', () => {
  const seen = new Set<string>();
  const follow = (file: string): void => {
    const page = pageOf(file);
    if (page === undefined || seen.has(file)) return;
    seen.add(file);
    for (const link of page.links)
      if (!/^[a-z]+:/.test(link)) follow(path.join(path.dirname(file), link.split('#')[0] ?? ''));
  };
  follow('README.md');
  // Decisions are read by those who look for one.
  const users = pages.filter(({ file }) => file.startsWith('docs/') && !file.startsWith('docs/decisions/'));
  expect(users.map(({ file }) => file).filter((file) => !seen.has(file))).toEqual([]);
});
