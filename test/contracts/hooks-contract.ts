import { describe, expect, test } from 'vitest';
import type { GitLabHooks, HookSettings } from '../../src/app/ports/project-hooks.ts';
import { pipelineIdOf } from '../../src/domain/delivery.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { aHook } from '../fakes/hooks.ts';

/** A GitLab that holds `hooksScenario`, and what a test may do to it besides the port. */
export interface HooksUnderTest {
  readonly hooks: GitLabHooks;
  /** The same, as one who may not. */
  readonly asDeveloper: GitLabHooks;
  /** Whether hooks arrive from now on; at first they do. */
  readonly setReachable: (isReachable: boolean) => void;
  /** Makes a pipeline, whose first hooks have been sent, or have failed, when it resolves. @returns its id */
  readonly runPipeline: () => Promise<number>;
  /** Where hooks can be received. */
  readonly url: string;
}

const app = 'group/app';

export const hooksScenario: ScenarioInput = {
  // More than a page of them.
  mostHooks: { project: 200, group: 50 },
  users: [
    { username: 'root', token: 'glpat-root', admin: true },
    { username: 'dev', token: 'glpat-dev', roles: { [app]: 'developer' } },
  ],
  groupHooks: [],
  projects: [
    { id: 1, path: app, autoRun: false, ci: { build: { script: 'make' } } },
    { id: 2, path: 'group/old', archived: true },
    { id: 3, path: 'group/sub/deep' },
    ...Array.from({ length: 120 }, (_, index) => ({ id: 10 + index, path: `many/app-${index}` })),
  ],
};

const refused = (message: unknown): unknown => expect.objectContaining({ code: 'gitlab_refused', message });
const missing: unknown = expect.objectContaining({ code: 'not_found' });

/** What the fake and the client have in common. @param version whether this GitLab knows of signing tokens */
export function hooksContract(
  name: string,
  begin: (version: 'signs' | 'does not sign') => Promise<HooksUnderTest>,
): void {
  const orderTo = (url: string, given: Partial<HookSettings> = {}): HookSettings => ({
    url,
    secret: 'word',
    signingToken: null,
    verifiesTls: true,
    ...given,
  });

  describe(`the hooks of GitLab: ${name}`, () => {
    test('a hook is made as ordered, and found', async () => {
      const { hooks, url } = await begin('signs');
      const made = await hooks.addHook(app, orderTo(url));
      expect(made).toEqual(aHook({ id: made.id, url }));
      expect(await hooks.hooksOf(app)).toEqual([made]);
    });

    test('GitLab before 19 does not sign and tells nothing of secrets', async () => {
      const signingToken = `whsec_${Buffer.alloc(32).toString('base64')}`;
      const old = await begin('does not sign');
      expect(await old.hooks.addHook(app, orderTo(old.url, { signingToken }))).toMatchObject({
        hasSecret: null,
        isSigned: null,
      });
      const newer = await begin('signs');
      expect(await newer.hooks.addHook(app, orderTo(newer.url, { signingToken }))).toMatchObject({
        isSigned: true,
      });
    });

    test('hooks on several pages are all listed', async () => {
      const { hooks } = await begin('signs');
      for (let index = 0; index < 101; index += 1)
        await hooks.addHook(app, orderTo(`http://127.0.0.1:1/${index}`));
      expect(new Set((await hooks.hooksOf(app)).map(({ url }) => url)).size).toBe(101);
    });

    test('a change brings a new address, and keeps a secret', async () => {
      const { hooks, url } = await begin('signs');
      const { id } = await hooks.addHook(app, orderTo('http://127.0.0.1:1/'));
      expect(await hooks.changeHook(app, id, orderTo(url, { verifiesTls: false }))).toMatchObject({
        id,
        url,
        hasSecret: true,
        verifiesTls: false,
      });
    });

    test('a hook is removed', async () => {
      const { hooks, url } = await begin('signs');
      const { id } = await hooks.addHook(app, orderTo(url));
      await hooks.removeHook(app, id);
      expect(await hooks.hooksOf(app)).toEqual([]);
      await expect(hooks.removeHook(app, id)).rejects.toEqual(missing);
    });

    test('only maintainers may, and only where there is a project', async () => {
      const { hooks, asDeveloper, url } = await begin('signs');
      await expect(asDeveloper.hooksOf(app)).rejects.toEqual(refused('403 Forbidden'));
      await expect(asDeveloper.addHook(app, orderTo(url))).rejects.toEqual(refused('403 Forbidden'));
      await expect(hooks.hooksOf('group/nowhere')).rejects.toEqual(missing);
      await expect(asDeveloper.hooksOfGroup('group')).rejects.toMatchObject({
        code: expect.stringMatching(/gitlab_refused|not_found/) as string,
      });
      expect(await hooks.hooksOfGroup('group')).toEqual([]);
    });

    test('the projects of a group, archived ones left out', async () => {
      const { hooks } = await begin('signs');
      expect(await hooks.projectsOf('group', { subgroups: false })).toEqual([app]);
      expect(await hooks.projectsOf('group', { subgroups: true })).toEqual([app, 'group/sub/deep']);
      expect(await hooks.projectsOf('many', { subgroups: false })).toHaveLength(120);
      await expect(hooks.projectsOf('nowhere', { subgroups: true })).rejects.toEqual(missing);
    });

    test('a test arrives or is refused, and five a minute are enough', async () => {
      const { hooks, url, setReachable } = await begin('signs');
      const { id } = await hooks.addHook(app, orderTo(url));
      await expect(hooks.testHook(app, id, 'pipeline_events')).rejects.toEqual(
        refused('Ensure the project has CI pipelines.'),
      );
      await hooks.testHook(app, id, 'push_events');
      setReachable(false);
      await expect(hooks.testHook(app, id, 'push_events')).rejects.toEqual(refused(expect.anything()));
      for (let count = 4; count <= 5; count += 1)
        await expect(hooks.testHook(app, id, 'push_events')).rejects.toEqual(refused(expect.anything()));
      await expect(hooks.testHook(app, id, 'push_events')).rejects.toMatchObject({
        code: 'gitlab_unavailable',
        unanswered: { retryAfterMs: expect.any(Number) as number },
      });
      // Nothing else has to wait for it.
      expect(await hooks.hooksOf(app)).toHaveLength(1);
    });

    test('a project has an id', async () => {
      const { hooks } = await begin('signs');
      expect(await hooks.projectIdOf(app)).toBe(1);
      await expect(hooks.projectIdOf('group/none')).rejects.toEqual(missing);
    });

    test('what failed is remembered and can be sent again', async () => {
      const { hooks, url, setReachable, runPipeline } = await begin('signs');
      const { id } = await hooks.addHook(app, orderTo(url));
      setReachable(false);
      const pipelineId = await runPipeline();
      const failures = await hooks.failedDeliveries(app, id, 100);
      const ofPipeline = failures.filter(({ payload }) => payload.kind === 'pipeline');
      expect(ofPipeline.map(({ payload }) => pipelineIdOf(payload))).toEqual([pipelineId]);
      expect(failures[0]?.answer).toMatch(/internal error|\d{3}/);
      expect(await hooks.failedDeliveries(app, id, 1)).toHaveLength(1);
      setReachable(true);
      expect(await hooks.resend(app, id, ofPipeline[0]?.id ?? 0)).toBeLessThan(300);
      await expect(hooks.resend(app, id, 987_654)).rejects.toEqual(missing);
    });
  });
}
