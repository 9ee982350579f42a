import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import type { Token, Tokens } from 'marked';
import { lexer, walkTokens } from 'marked';
import { repository } from '../../support/run-command.ts';

/** What a page has its reader type. */
export interface ShellBlock {
  /** The heading it stands under; from the second one under the same heading on with its number: `Wait (2)`. */
  readonly name: string;
  readonly script: string;
}

/** One Markdown file of the repository. */
export interface Page {
  /** From the top of the repository. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly ShellBlock[];
  readonly links: readonly string[];
  /** What stands in a code block or between backticks. */
  readonly code: readonly string[];
  /** What a link may name behind its `#`. */
  readonly anchors: ReadonlySet<string>;
}

/** All pages for people. */
export const readPages = (): readonly Page[] =>
  globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md', 'templates/**/*.md'], { cwd: repository })
    .toSorted()
    .map((file) => readPage(file, readFileSync(path.join(repository, file), 'utf8')));

/** @throws Error when there is none */
export function pageAt(file: string): Page {
  const page = readPages().find((each) => each.file === file);
  if (page === undefined) throw new Error(`there is no page ${file}`);
  return page;
}

function readPage(file: string, text: string): Page {
  const tokens = lexer(text);
  const links: string[] = [];
  const code: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  void walkTokens(tokens, (token) => {
    if (token.type === 'code' || token.type === 'codespan') code.push((token as Tokens.Code).text);
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href);
    if (token.type === 'heading') anchors.add(slugger.slug(plain((token as Tokens.Heading).text)));
  });
  return { file, text, blocks: blocksOf(tokens), links, code, anchors };
}

function blocksOf(tokens: readonly Token[]): readonly ShellBlock[] {
  const blocks: ShellBlock[] = [];
  const counts = new Map<string, number>();
  let heading = 'top';
  void walkTokens([...tokens], (token) => {
    if (token.type === 'heading') heading = plain((token as Tokens.Heading).text);
    if (token.type !== 'code' || !/^(sh|bash|shell|console)\b/.test((token as Tokens.Code).lang ?? ''))
      return;
    const count = (counts.get(heading) ?? 0) + 1;
    counts.set(heading, count);
    blocks.push({
      name: count === 1 ? heading : `${heading} (${count})`,
      script: (token as Tokens.Code).text,
    });
  });
  return blocks;
}

/** A heading without its marks. */
const plain = (text: string): string => text.replace(/[`*]|\[([^\]]*)\]\([^)]*\)/g, '$1');
