import type { Trigger } from '../../domain/trigger/trigger.ts';
import { isRunning, pipelineOf } from '../../domain/trigger/trigger.ts';
import type { TriggerStore } from '../ports/index.ts';

/** A project that pending triggers wait for. */
export interface PendingProject {
  readonly key: string;
  /** As a trigger names it: by its path if any does. */
  readonly project: string;
  /** All its names in triggers and webhooks, in lower case. */
  readonly names: readonly string[];
  readonly triggers: number;
  /** Since when the first of them waits, milliseconds since the epoch. */
  readonly since: number;
  /** At least one of them has changed without a webhook reporting it. */
  readonly isSuspect: boolean;
}

/** Later than the last update of any trigger, even if the clock was wrong. */
const endOfTime = Date.UTC(9999, 0, 1);
/** The longest quiet triggers are read: those whose webhooks do not arrive are among them. */
const mostTriggers = 1_000;

const keyOf = (trigger: Trigger): string => {
  const projectId = pipelineOf(trigger)?.projectId ?? 0;
  return projectId > 0 ? String(projectId) : trigger.request.project.toLowerCase();
};

/** The projects of a GitLab whose pipelines pending triggers wait for. */
export async function pendingProjects(
  store: Pick<TriggerStore, 'findQuietTriggers'>,
  gitlabUrl: string,
): Promise<readonly PendingProject[]> {
  const open = await store.findQuietTriggers(endOfTime, mostTriggers);
  const running = open.filter((trigger) => isRunning(trigger) && trigger.request.gitlabUrl === gitlabUrl);
  return [...Map.groupBy(running, keyOf)].map(([key, triggers]) => {
    const asked = [...new Set(triggers.map(({ request }) => request.project))];
    return {
      key,
      project: asked.find((name) => !/^\d+$/.test(name)) ?? key,
      names: [...new Set([key, ...asked.map((name) => name.toLowerCase())])],
      triggers: triggers.length,
      isSuspect: triggers.some(
        ({ updatedAt, lastHookAt, createdAt }) => updatedAt > (lastHookAt ?? createdAt),
      ),
      since: Math.min(...triggers.map(({ createdAt }) => createdAt)),
    };
  });
}
