import type { Actor } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { repairFor } from '../../domain/project-hooks/finding.ts';
import type { DesiredHook, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import type { Audit } from '../access/audit.ts';
import type { HookInspection } from './inspect-hooks.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { TestHook, TestResult } from './test-hook.ts';
import type { CredentialLog } from './credential-log.ts';
import type { InstalledSecrets } from './desired-hook.ts';
import { settingsFor } from './desired-hook.ts';

export interface EnsureResult {
  readonly result: 'created' | 'repaired' | 'unchanged';
  readonly test: TestResult;
  /** A note for the operator. */
  readonly note: string | null;
}

/** Ensures that a project has exactly one hook, in the desired state, that passes GitLab's test. */
export type EnsureHook = (
  actor: Actor,
  project: string,
  desired: DesiredHook,
  look: HookInspection,
) => Promise<EnsureResult>;

interface Deps {
  readonly gitlab: () => Pick<GitLabHooks, 'projectIdOf' | 'addHook' | 'changeHook' | 'removeHook'>;
  readonly secrets: InstalledSecrets;
  readonly testHook: TestHook;
  readonly credentials: Pick<CredentialLog, 'lastOf' | 'forget'>;
  readonly audit: Audit;
}

const unsigned = 'this GitLab does not sign hooks (19 and newer do)';

export function createEnsureHook({ gitlab, secrets, testHook, credentials, audit }: Deps): EnsureHook {
  /** The delivery of the test shows with which secret the hook is authenticated. */
  async function test(project: string, { id, projectId }: ProjectHook): Promise<TestResult> {
    if (projectId !== null) credentials.forget(projectId);
    return testHook(project, id);
  }

  /** A delivery that arrived at another process shows nothing here: then the secret is set again. */
  const sendsOwnSecret = ({ projectId }: ProjectHook): boolean => {
    const last = projectId === null ? null : credentials.lastOf(projectId);
    return last?.kind === 'project' && last.isCurrent;
  };

  async function add(actor: Actor, project: string, desired: DesiredHook): Promise<ProjectHook> {
    const projectId = await gitlab().projectIdOf(project);
    const order = settingsFor(desired, secrets, { projectId, hook: null });
    await audit.note(actor, 'hook.install', project, { url: desired.url });
    const hook = await gitlab().addHook(project, order);
    if (!isUnknown(hook, desired)) return hook;
    // Each of its deliveries would be refused.
    await gitlab().removeHook(project, hook.id);
    throw new AppError('gitlab_refused', `${unsigned}: set WEBHOOK_SECRET as well`);
  }

  async function change(
    actor: Actor,
    project: string,
    desired: DesiredHook,
    hook: ProjectHook,
  ): Promise<ProjectHook> {
    const projectId = hook.projectId ?? (await gitlab().projectIdOf(project));
    const order = settingsFor(desired, secrets, { projectId, hook });
    await audit.note(actor, 'hook.repair', project, { url: desired.url, hook: hook.id });
    return gitlab().changeHook(project, hook.id, order);
  }

  return async function ensureHook(actor, project, desired, look) {
    const { hook: before, isOfGroup } = look;
    if (isOfGroup)
      return {
        result: 'unchanged',
        test: { outcome: 'not_tested', words: null },
        note: 'a hook of the group does',
      };
    if (before === null) {
      const hook = await add(actor, project, desired);
      return { result: 'created', test: await test(project, hook), note: noteOn(hook, desired) };
    }
    if (needsChange(before, desired, look)) {
      const hook = await change(actor, project, desired, before);
      return { result: 'repaired', test: await test(project, hook), note: noteOn(hook, desired) };
    }
    const tested = await test(project, before);
    const isEnabled = before.status !== 'executable' && tested.outcome === 'passed';
    const needsSecret = tested.outcome === 'passed' && desired.takesSecret && !sendsOwnSecret(before);
    if (tested.outcome !== 'failed' && !needsSecret)
      return { result: isEnabled ? 'repaired' : 'unchanged', test: tested, note: null };
    // GitLab shows everything but the secret that it sends.
    await change(actor, project, desired, before);
    return { result: 'repaired', test: await test(project, before), note: null };
  };
}

function needsChange(hook: ProjectHook, desired: DesiredHook, { findings }: HookInspection): boolean {
  if (desired.verifiesTls !== null && desired.verifiesTls !== hook.verifiesTls) return true;
  return findings.some((finding) => finding.hookId === hook.id && repairFor(finding) === 'change');
}

const isUnknown = ({ isSigned }: ProjectHook, { takesSecret, takesSignature }: DesiredHook): boolean =>
  takesSignature && !takesSecret && isSigned !== true;

const noteOn = ({ isSigned }: ProjectHook, { takesSignature }: DesiredHook): string | null =>
  takesSignature && isSigned !== true ? `${unsigned}: it sends the secret token` : null;
