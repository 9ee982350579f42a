import type { Actor } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import { repairFor } from '../../domain/project-hooks/finding.ts';
import type { HookWish, ProjectHook } from '../../domain/project-hooks/project-hook.ts';
import type { Audit } from '../access/audit.ts';
import type { Look } from './inspect-hooks.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { TestHook, TestResult } from './test-hook.ts';
import type { HookSecrets } from './desired-hook.ts';
import { orderFor } from './desired-hook.ts';

export interface Ensured {
  readonly result: 'created' | 'repaired' | 'unchanged';
  readonly test: TestResult;
  /** What the operator may want to know besides. */
  readonly note: string | null;
}

/** Brings a project to one hook that is as wished and passes GitLab's test. */
export type EnsureHook = (actor: Actor, project: string, wish: HookWish, look: Look) => Promise<Ensured>;

interface Deps {
  readonly gitlab: () => Pick<GitLabHooks, 'addHook' | 'changeHook' | 'removeHook'>;
  readonly secrets: HookSecrets;
  readonly testHook: TestHook;
  readonly audit: Audit;
}

const unsigned = 'this GitLab does not sign hooks (19 and newer do)';

export function ensureHookWith({ gitlab, secrets, testHook, audit }: Deps): EnsureHook {
  async function add(actor: Actor, project: string, wish: HookWish): Promise<ProjectHook> {
    const order = orderFor(wish, secrets, null);
    await audit.note(actor, 'hook.install', project, { url: wish.url });
    const hook = await gitlab().addHook(project, order);
    if (!isUnknown(hook, wish)) return hook;
    // Each of its deliveries would be refused.
    await gitlab().removeHook(project, hook.id);
    throw new AppError('gitlab_refused', `${unsigned}: set WEBHOOK_SECRET as well`);
  }

  async function change(
    actor: Actor,
    project: string,
    wish: HookWish,
    hook: ProjectHook,
  ): Promise<ProjectHook> {
    const order = orderFor(wish, secrets, hook);
    await audit.note(actor, 'hook.repair', project, { url: wish.url, hook: hook.id });
    return gitlab().changeHook(project, hook.id, order);
  }

  return async (actor, project, wish, look) => {
    const { hook: before, isOfGroup } = look;
    if (isOfGroup)
      return {
        result: 'unchanged',
        test: { outcome: 'not_tested', words: null },
        note: 'a hook of the group does',
      };
    if (before === null) {
      const hook = await add(actor, project, wish);
      return { result: 'created', test: await testHook(project, hook.id), note: noteOn(hook, wish) };
    }
    if (needsChange(before, wish, look)) {
      const hook = await change(actor, project, wish, before);
      return { result: 'repaired', test: await testHook(project, hook.id), note: noteOn(hook, wish) };
    }
    const test = await testHook(project, before.id);
    const isEnabled = before.status !== 'executable' && test.outcome === 'passed';
    if (test.outcome !== 'failed') return { result: isEnabled ? 'repaired' : 'unchanged', test, note: null };
    // The one thing that GitLab does not show is which secret it sends.
    await change(actor, project, wish, before);
    return { result: 'repaired', test: await testHook(project, before.id), note: null };
  };
}

function needsChange(hook: ProjectHook, wish: HookWish, { findings }: Look): boolean {
  if (wish.verifiesTls !== null && wish.verifiesTls !== hook.verifiesTls) return true;
  return findings.some((finding) => finding.hookId === hook.id && repairFor(finding) === 'change');
}

const isUnknown = ({ isSigned }: ProjectHook, { takesSecret, takesSignature }: HookWish): boolean =>
  takesSignature && !takesSecret && isSigned !== true;

const noteOn = ({ isSigned }: ProjectHook, { takesSignature }: HookWish): string | null =>
  takesSignature && isSigned !== true ? `${unsigned}: it sends the secret token` : null;
