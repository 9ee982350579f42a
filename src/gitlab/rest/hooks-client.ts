import type { ConnectHooks, GitLabHooks, HookSettings } from '../../app/ports/project-hooks.ts';
import type { ConnectDeps } from './connect.ts';
import { createConnect } from './connect.ts';
import { everyPage } from './every-page.ts';
import { mapErrors } from './errors.ts';
import { parseProjectId } from './find-project.ts';
import { projectPath } from './project-path.ts';
import type { RateLimit } from './rate-limit.ts';
import { createLimitBeside } from './rate-limit.ts';
import { parseAttempts, parseHook, parseHooks, parsePaths, parseResent } from './read-hook.ts';
import type { Requester } from './requester.ts';

/** The most entries of its log that GitLab returns per page. Source: GitLab lib/api/hooks/events.rb */
const attemptsPerPage = 20;

/** Longer than the ten seconds in which the receiver of a test has to answer. */
const usualTimeoutMs = 15_000;

/**
 * GitLab's hooks API. Not through gitbeaker, which has neither tests nor the log nor signing tokens.
 */
export function createHooksConnector(deps: ConnectDeps): ConnectHooks {
  const connect = createConnect(deps, usualTimeoutMs);
  const apart = new Map<string, RateLimit>();
  return function connectHooks(access) {
    const { rateLimit, requester } = connect(access);
    /** GitLab limits tests and resends separately in each project. */
    const limited = (kind: string, project: string): Requester => {
      const key = `${kind} ${access.url} ${project}`;
      const limit = apart.get(key) ?? createLimitBeside(rateLimit);
      apart.set(key, limit);
      return requester(limit);
    };
    return mapErrors(createClient(requester(), limited));
  };
}

const settingsOf = ({ url, secret, signingToken, verifiesTls }: HookSettings): object => ({
  url,
  pipeline_events: true,
  job_events: true,
  // On unless it is switched off.
  push_events: false,
  enable_ssl_verification: verifiesTls,
  // GitLab drops the secret when the URL changes.
  ...(secret === null ? {} : { token: secret }),
  ...(signingToken === null ? {} : { signing_token: signingToken }),
});

const nameplate = {
  name: 'pipeline-trigger',
  description: 'Tells pipeline-trigger how pipelines go. Looked after with `pipeline-trigger hooks`.',
};

function createClient(
  requester: Requester,
  limited: (kind: string, project: string) => Requester,
): GitLabHooks {
  const hooksPath = (project: string): string => `${projectPath(project)}/hooks`;
  const groupPath = (group: string): string => `groups/${encodeURIComponent(group)}`;

  return {
    projectsOf: async (group, { subgroups }) =>
      parsePaths(
        await everyPage(requester, `${groupPath(group)}/projects`, {
          archived: 'false',
          includeSubgroups: String(subgroups),
          withShared: 'false',
        }),
      ),
    projectIdOf: async (project) => parseProjectId((await requester.get(projectPath(project))).body),
    hooksOf: async (project) => parseHooks(await everyPage(requester, hooksPath(project))),
    hooksOfGroup: async (group) => parseHooks(await everyPage(requester, `${groupPath(group)}/hooks`)),
    addHook: async (project, order) => {
      const body = { ...settingsOf(order), ...nameplate };
      return parseHook((await requester.post(hooksPath(project), { body })).body);
    },
    changeHook: async (project, id, order) => {
      const body = { ...settingsOf(order), custom_webhook_template: '' };
      return parseHook((await requester.put(`${hooksPath(project)}/${id}`, { body })).body);
    },
    removeHook: async (project, id) => {
      await requester.delete(`${hooksPath(project)}/${id}`);
    },
    testHook: async (project, id, event) => {
      await limited('test', project).post(`${hooksPath(project)}/${id}/test/${event}`);
    },
    failedDeliveries: async (project, id, limit) => {
      const path = `${hooksPath(project)}/${id}/events`;
      const found: ReturnType<typeof parseAttempts>[number][] = [];
      for (let page = 1; found.length < limit; page += 1) {
        const searchParams = { status: 'client_failure,server_failure', perPage: attemptsPerPage, page };
        const rows = parseAttempts((await requester.get(path, { searchParams })).body);
        found.push(...rows);
        if (rows.length < attemptsPerPage) break;
      }
      return found.slice(0, limit);
    },
    resend: async (project, id, attempt) => {
      const path = `${hooksPath(project)}/${id}/events/${attempt}/resend`;
      return parseResent((await limited('resend', project).post(path)).body);
    },
  };
}
