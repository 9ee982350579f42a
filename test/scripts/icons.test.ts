import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { iconsFile, iconsText } from '../../scripts/icons.ts';

test('the icons of the dashboard are those that `npm run icons` writes', () => {
  expect(readFileSync(iconsFile, 'utf8')).toBe(iconsText);
});

test('the icons bring nothing along that the policy of the pages forbids', () => {
  expect(iconsText).not.toMatch(/<script|\sstyle=|\son\w+=|href=/);
});
