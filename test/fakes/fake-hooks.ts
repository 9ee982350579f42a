import type { GitLabHooks, HookSettings } from '../../src/app/ports/project-hooks.ts';
import { GitLabUnavailable } from '../../src/app/ports/gitlab-unavailable.ts';
import type { Delivery, Payload } from '../../src/domain/delivery.ts';
import { AppError } from '../../src/domain/error.ts';
import type { FailedDelivery, HookId, ProjectHook } from '../../src/domain/project-hooks/project-hook.ts';
import { aHook } from './hooks.ts';
import type { Interceptor } from './intercept.ts';
import { createInterceptor } from './intercept.ts';

interface Options {
  readonly projects: readonly { readonly path: string; readonly isArchived: boolean }[];
  readonly signs?: boolean;
  readonly now?: () => number;
  /** Takes what is sent again. */
  readonly receive?: (delivery: FailedDelivery) => Promise<void>;
  /** Takes the delivery of a test, by the secret that the hook was given. */
  readonly receiveTest?: (projectId: number, secret: string | null) => void;
}

/** The hooks of GitLab in memory. A test says which deliveries failed, and whether the receiver can be reached. */
export interface FakeHooks {
  readonly port: GitLabHooks;
  /** The same, as one who may see projects but not their hooks. */
  readonly asDeveloper: GitLabHooks;
  readonly calls: readonly string[];
  readonly next: Interceptor<GitLabHooks>['next'];
  readonly setReachable: (isReachable: boolean) => void;
  readonly setPipeline: () => void;
  /** Changes a hook as somebody else might, or as GitLab does by itself. */
  readonly set: (id: HookId, given: Partial<ProjectHook>) => void;
  readonly fail: (id: HookId, delivery: Delivery['id'], payload: Payload) => void;
}

const perMinute = 5;
const refused = (message: string): AppError => new AppError('gitlab_refused', message);
const notFound = (what = ''): AppError => new AppError('not_found', `404 ${what}Not Found`);

export function createFakeHooks({
  projects,
  signs = true,
  now = Date.now,
  receive = () => Promise.resolve(),
  receiveTest = () => undefined,
}: Options): FakeHooks {
  const hooks = new Map<HookId, { readonly project: string; hook: ProjectHook; secret: string | null }>();
  const idOf = (project: string): number => projects.findIndex(({ path }) => path === project) + 1;
  const failures = new Map<HookId, FailedDelivery[]>();
  const counts = new Map<string, number>();
  const interceptor = createInterceptor<GitLabHooks>();
  let [isReachable, hasPipeline, lastId] = [true, false, 0];

  const limit = (kind: string, project: string): void => {
    const key = `${Math.floor(now() / 60_000)} ${kind} ${project}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if ((counts.get(key) ?? 0) > perMinute)
      throw new GitLabUnavailable('GitLab answers 429', { retryAfterMs: 10_000, inDoubtMs: null });
  };

  const hookFrom = (
    project: string,
    id: HookId,
    { url, verifiesTls, secret, signingToken }: HookSettings,
  ): ProjectHook =>
    aHook({
      ...{ id, projectId: idOf(project), url, verifiesTls },
      hasSecret: signs ? secret !== null : null,
      isSigned: signs ? signingToken !== null : null,
    });

  const portFor = (role: 'maintainer' | 'developer'): GitLabHooks => {
    const enter = (project: string): void => {
      if (!projects.some(({ path }) => path === project)) throw notFound('Project ');
      if (role === 'developer') throw refused('403 Forbidden');
    };
    const find = (project: string, id: HookId) => {
      enter(project);
      const found = hooks.get(id);
      if (found?.project !== project) throw notFound();
      return found;
    };
    return interceptor.wrap({
      projectsOf: async (group, { subgroups }) => {
        const inside = projects.filter(({ path }) => path.startsWith(`${group}/`));
        if (inside.length === 0) throw notFound('Group ');
        const direct = ({ path }: { readonly path: string }) => !path.slice(group.length + 1).includes('/');
        return Promise.resolve(
          inside.filter((each) => !each.isArchived && (subgroups || direct(each))).map(({ path }) => path),
        );
      },
      projectIdOf: async (project) => {
        enter(project);
        return Promise.resolve(idOf(project));
      },
      hooksOf: async (project) => {
        enter(project);
        return Promise.resolve(
          [...hooks.values()].filter((each) => each.project === project).map(({ hook }) => hook),
        );
      },
      hooksOfGroup: async () => {
        if (role === 'developer') throw notFound();
        return Promise.resolve([]);
      },
      addHook: async (project, order) => {
        enter(project);
        const hook = hookFrom(project, (lastId += 1) as HookId, order);
        hooks.set(hook.id, { project, hook, secret: order.secret });
        return Promise.resolve(hook);
      },
      changeHook: async (project, id, order) => {
        const found = find(project, id);
        const { status, disabledUntil } = found.hook;
        found.hook = { ...hookFrom(project, id, order), status, disabledUntil };
        found.secret = order.secret ?? found.secret;
        return Promise.resolve(found.hook);
      },
      removeHook: async (project, id) => {
        find(project, id);
        hooks.delete(id);
        return Promise.resolve();
      },
      testHook: async (project, id, event) => {
        const found = find(project, id);
        limit('test', project);
        if (event === 'pipeline_events' && !hasPipeline)
          throw refused('Ensure the project has CI pipelines.');
        if (!isReachable) throw refused('Failed to open TCP connection');
        found.hook = { ...found.hook, status: 'executable', disabledUntil: null };
        receiveTest(idOf(project), found.secret);
        return Promise.resolve();
      },
      failedDeliveries: async (project, id, most) => {
        find(project, id);
        return Promise.resolve((failures.get(id) ?? []).toReversed().slice(0, most));
      },
      resend: async (project, id, attempt) => {
        const { hook } = find(project, id);
        limit('resend', project);
        const failure = failures.get(id)?.find((each) => each.id === attempt);
        if (failure === undefined) throw notFound();
        if (hook.status !== 'executable') throw refused('Hook disabled');
        if (!isReachable) throw refused('Failed to open TCP connection');
        await receive(failure);
        return 202;
      },
    });
  };

  return {
    port: portFor('maintainer'),
    asDeveloper: portFor('developer'),
    calls: interceptor.calls,
    next: interceptor.next,
    setReachable: (value) => {
      isReachable = value;
    },
    setPipeline: () => {
      hasPipeline = true;
    },
    set: (id, given) => {
      const found = hooks.get(id);
      if (found !== undefined) found.hook = { ...found.hook, ...given };
    },
    fail: (id, delivery, payload) => {
      const attempt = { id: (lastId += 1), delivery, payload, answer: 'internal error' };
      failures.set(id, [...(failures.get(id) ?? []), attempt]);
    },
  };
}
