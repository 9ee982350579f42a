import type { Tokens } from 'marked';
import { lexer } from 'marked';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/startup-errors.ts';
import { secretNames, settingNames } from '../../src/config/environment.ts';
import { pageAt, readPages } from './support/read-pages.ts';

/** The variables of the table under a heading of the README, which names one or more in each row. */
function namesUnder(heading: string): string[] {
  const tokens = lexer(pageAt('README.md').text);
  const start = tokens.findIndex((token) => token.type === 'heading' && token['text'] === heading);
  const table = tokens.slice(start).find((token): token is Tokens.Table => token.type === 'table');
  return (table?.rows ?? []).flatMap(([name]) => (name?.text ?? '').match(/[A-Z][A-Z_]+/g) ?? []);
}

function isRefusedYet(name: string): boolean {
  try {
    readConfig({ [name]: 'anything' });
    return false;
  } catch (error) {
    return error instanceof ConfigError && error.lines.some((line) => /not supported yet; unset/.test(line));
  }
}

test('the table of the README names the variables that the service reads, and no other', () => {
  const read = settingNames.filter((name) => !isRefusedYet(name));
  expect(namesUnder('Configuration').toSorted()).toEqual(read.toSorted());
});

test('whatever a page calls NAME_FILE is a secret that may lie in a file', () => {
  const named = readPages().flatMap(({ file, text }) =>
    [...text.matchAll(/\b([A-Z][A-Z_]*)_FILE\b/g)].map(([, name = '']) => ({ file, name })),
  );
  const files = new Set<string>([...secretNames, ...settingNames.map((name) => name.replace(/_FILE$/, ''))]);
  expect(named.filter(({ name }) => name !== 'NAME' && !files.has(name))).toEqual([]);
});
