import type { HookId, DesiredHook, ProjectHook } from '../../src/domain/project-hooks/project-hook.ts';

export const aRequest = (given: Partial<DesiredHook> = {}): DesiredHook => ({
  url: 'https://ci.example.com/webhooks/gitlab',
  takesSecret: true,
  takesSignature: false,
  verifiesTls: null,
  movedFrom: null,
  ...given,
});

/** A hook with which all is well. */
export const aHook = ({
  id = 11,
  ...given
}: Partial<Omit<ProjectHook, 'id'>> & { id?: number } = {}): ProjectHook => ({
  id: id as HookId,
  projectId: 1,
  url: 'https://ci.example.com/webhooks/gitlab',
  pipelineEvents: true,
  jobEvents: true,
  pushEvents: false,
  verifiesTls: true,
  hasTemplate: false,
  hasSecret: true,
  isSigned: false,
  status: 'executable',
  disabledUntil: null,
  ...given,
});
