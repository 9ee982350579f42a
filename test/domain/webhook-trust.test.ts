import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/domain/delivery.ts';
import { isOfOwnProject, mayBeOfOwnProject } from '../../src/domain/webhook-trust.ts';
import { aRunning } from '../fakes/triggers.ts';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';

const hookOf = (project: object): Payload =>
  parsePayload('Pipeline Hook', {
    object_kind: 'pipeline',
    object_attributes: { id: 101, status: 'running', ref: 'main', stages: ['test'] },
    project,
    builds: [],
  });

/** A trigger of group/app whose project has this id; 0: GitLab has not given it. */
const of = (projectId: number) => {
  const trigger = aRunning({ project: 'group/app' });
  return { ...trigger, state: { ...trigger.state, pipeline: { ...trigger.state.pipeline, projectId } } };
};

describe('a webhook is of the project of a trigger', () => {
  test.each([
    ['by its id, once GitLab has given it', 7, { id: 7, path_with_namespace: 'group/other' }, true],
    ['by its id, whatever the name says', 7, { id: 8, path_with_namespace: 'group/app' }, false],
    ['of the id 1 as of any other', 1, { id: 1, path_with_namespace: 'group/moved' }, true],
    ['by its name, where GitLab has not', 0, { id: 8, path_with_namespace: 'group/app' }, true],
    [
      'by its name, where GitLab has not, and not by another',
      0,
      { id: 8, path_with_namespace: 'a/b' },
      false,
    ],
  ])('%s', (_how, projectId, project, isOwn) => {
    expect(isOfOwnProject(of(projectId), hookOf(project))).toBe(isOwn);
  });
});

describe('an unreadable webhook may be of the project of a trigger', () => {
  test.each([
    ['without any name', 7, [], true],
    ['with its id', 7, ['7'], true],
    ['with another id', 7, ['8'], false],
    ['with its path, in any case', 7, ['Group/App'], true],
    ['with another path', 7, ['group/other'], false],
    ['with its id and another path', 7, ['7', 'group/other'], false],
    ['with any id, where GitLab has not given the own', 0, ['8'], true],
  ])('%s', (_how, projectId, names, may) => {
    expect(mayBeOfOwnProject(of(projectId), names)).toBe(may);
  });
});
