import { globSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { PageBlocks } from './support/page-blocks.ts';
import { readPages } from './support/read-pages.ts';
import { startDocumentedWorld } from './support/world.ts';

const folder = new URL('pages/', import.meta.url);

/** `docs/hooks.md` has the outcomes of its blocks in `pages/docs/hooks.ts`. */
async function blocksOf(file: string): Promise<PageBlocks> {
  const { href } = new URL(`${nameOf(file)}.ts`, folder);
  const { default: blocks } = (await import(/* @vite-ignore */ href)) as { default: PageBlocks };
  return blocks;
}

const nameOf = (file: string): string => file.replace(/\.(md|ts)$/, '');
const outcomes = new Set(globSync('**/*.ts', { cwd: folder.pathname }).map(nameOf));
const pages = readPages().filter(({ blocks }) => blocks.length > 0);

test('every page with shell blocks has a file beside this test that says how they go, and no other page has', () => {
  expect([...outcomes].toSorted()).toEqual(pages.map(({ file }) => nameOf(file)));
});

describe.for(pages.filter(({ file }) => outcomes.has(nameOf(file))))('$file', async ({ file, blocks }) => {
  const expected = await blocksOf(file);

  test('has these shell blocks', () => {
    expect(Object.keys(expected)).toEqual(blocks.map(({ name }) => name));
  });

  const runnable = blocks.flatMap(({ name, script }) => {
    const outcome = expected[name];
    return outcome === undefined || 'notHere' in outcome ? [] : [{ name, script, outcome }];
  });
  if (runnable.length === 0) return;
  const world = await startDocumentedWorld();

  test.for(runnable)('$name', async ({ script, outcome: { code = 0, prints, given, leaves } }) => {
    const env = (await given?.(world)) ?? {};
    const finished = await world.run(script, env);
    expect(finished, finished.stderr).toMatchObject({
      code,
      stdout: expect.stringMatching(prints) as string,
    });
    await leaves?.(world);
  });
});
