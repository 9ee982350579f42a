import { expect, test } from 'vitest';
import { readGitLabConfig } from '../../src/config/config.ts';

test('the GitLabs are read from an environment that lacks everything else', () => {
  expect(readGitLabConfig({ GITLAB_URL: 'https://gitlab.test/' })).toMatchObject({
    gitlabUrl: 'https://gitlab.test',
  });
});

test('other settings may be wrong, these may not', () => {
  expect(() => readGitLabConfig({ PORT: 'none', GITLAB_URL: 'https://gitlab.test' })).not.toThrow();
  expect(() => readGitLabConfig({ GITLAB_URL: 'none' })).toThrow(/^GITLAB_URL: /);
});
