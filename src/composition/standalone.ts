import { randomUUID } from 'node:crypto';
import { createEngine } from '../app/create-engine.ts';
import type { GitLabAccess, Log } from '../app/ports/index.ts';
import type { Command } from '../cli/trigger/command.ts';
import { isProjectId } from '../cli/trigger/command.ts';
import { Failure } from '../client/errors.ts';
import { atUrlPath, gitlabUrlOf } from '../cli/trigger/gitlab-address.ts';
import { createPermanentErrors } from '../cli/trigger/permanent-errors.ts';
import { createFailureLimit } from '../cli/trigger/failure-limit.ts';
import type { Progress, Session } from '../cli/trigger/progress.ts';
import { adviceFor } from '../cli/trigger/outcome-notes.ts';
import { createAsyncQueue } from '../cli/trigger/async-queue.ts';
import { requestOf } from '../cli/trigger/request.ts';
import type { Screen } from '../cli/trigger/screen.ts';
import { showResponses } from '../cli/trigger/show-responses.ts';
import { createStandaloneSession } from '../cli/trigger/standalone-session.ts';
import { createUnverifiedFetch } from '../cli/trigger/unverified-fetch.ts';
import { watchGitLab } from '../cli/trigger/watch-gitlab.ts';
import { systemClock as clock } from '../platform/clock.ts';
import { AppError, messageOf } from '../domain/error.ts';
import type { TriggerId } from '../domain/ids.ts';
import { createGitLabConnector } from '../gitlab/rest/client.ts';
import { createProjectFinder } from '../gitlab/rest/find-project.ts';
import { splitRules } from '../api/manual-rules.ts';
import type { TriggerView } from '../api/trigger-view.ts';
import { triggerView } from '../api/trigger-view.ts';
import { createMemoryStore } from '../store/memory/store.ts';

/** Wires `trigger` without a service: the service's own engine, with its store in memory. */
export function createStandalone(command: Command, screen: Screen): Session {
  const { apiToken, pipelineToken, gitlab: address, verbose } = command;
  const access: GitLabAccess = { url: gitlabUrlOf(address), apiToken, triggerToken: pipelineToken };
  const trouble = createPermanentErrors(
    atUrlPath(address.verifyTls ? fetch : createUnverifiedFetch, address),
  );
  const shower = verbose ? showResponses(trouble.fetch, screen.print) : null;
  const network = { clock, fetch: shower?.fetch ?? trouble.fetch };
  const queue = createAsyncQueue<Progress>();
  const connect = createGitLabConnector(network);
  const watcher = createFailureLimit({
    host: withoutCredentials(address.host),
    isLasting: trouble.isLasting,
    isUnauthorized: trouble.isUnauthorized,
    note: screen.note,
    lookFailed: (error, isLast) => {
      queue.push({ type: 'lookFailed', error, isLast });
      if (isLast) queue.close();
    },
    giveUp: queue.fail,
  });
  const { rules, ...sentByRules } = splitRules(command.manual);
  const store = createMemoryStore();
  const id = `trg_${randomUUID().replaceAll('-', '')}` as TriggerId;
  const engine = createEngine({
    store: store.triggers,
    inbox: store.inbox,
    connectGitLab: watchGitLab(connect, watcher),
    service: { gitlabUrl: access.url, apiToken, triggerToken: pipelineToken },
    clock,
    log: logTo(screen),
    newTriggerId: () => id,
    quietMs: command.sleepSeconds * 1000,
    looksExactly: true,
  });
  return createStandaloneSession({
    engine,
    id,
    clock,
    queue,
    mayRead: apiToken !== null,
    findProject: () => findProject(command, access, createProjectFinder(network)),
    requestFor: (projectId) => requestOf(command, projectId, { gitlabUrl: access.url, rules }),
    secrets: {
      variables: command.variables,
      inputs: command.inputs,
      apiToken: null,
      triggerToken: null,
      ...sentByRules,
    },
    gitlabForLogs: () => {
      shower?.showLogs();
      return connect(access);
    },
    show: (trigger) => ({
      ...withoutEndSeen(triggerView(trigger, engine.waiters.count(id))),
      project: command.project,
    }),
  });
}

/** Nothing but polling finds an end here: that it did is not worth showing. */
function withoutEndSeen({ endSeenBy: _by, endSeenLateSeconds: _late, ...view }: TriggerView): object {
  return view;
}

/** Logs only errors of the command itself: the pipeline is shown as progress. */
const logTo = ({ note }: Screen): Log => ({
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => note(`${message}: ${'error' in fields ? String(fields.error) : ''}`),
});

/** A URL may carry a password. */
const withoutCredentials = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url);

async function findProject(
  { project, gitlab: { host } }: Command,
  access: GitLabAccess,
  find: (access: GitLabAccess, path: string) => Promise<number>,
): Promise<string> {
  if (isProjectId(project)) return project;
  try {
    return String(await find(access, project));
  } catch (error) {
    const why = error instanceof AppError ? messageOf(error) : 'the answer is not one of the GitLab API';
    throw new Failure(`project ${project} cannot be found at ${withoutCredentials(host)}: ${adviceFor(why)}`);
  }
}
