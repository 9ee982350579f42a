import type { EngineEvent, CiPipeline, EngineContext } from '../engine/model.ts';
import type { Scenario } from '../scenario.ts';
import { groupsOf } from './groups.ts';
import type { Group } from './groups.ts';
import type { Project } from './project.ts';
import { createProject } from './project.ts';
import { jobScriptOf } from './job-script.ts';
import { createThrottle } from './throttle.ts';
import type { Throttle } from './throttle.ts';

type Listener = (event: EngineEvent) => void;

type Counted = 'pipeline' | 'hook' | 'hookEvent' | 'trigger' | 'environment';

/** Everything that exists in the simulated GitLab, apart from hooks and HTTP. */
export type World = {
  readonly scenario: Scenario;
  readonly projects: ReadonlyMap<number, Project>;
  readonly groups: readonly Group[];
  readonly pipelines: Map<number, CiPipeline>;
  readonly around: EngineContext;
  readonly nextId: (of: Counted) => number;
  /** Counts the pipelines that are created. */
  readonly isThrottled: Throttle;
  /** Changes something; listeners hear of it when the change, and what it caused, is complete. */
  readonly act: <T>(change: () => T) => T;
  readonly listen: (listener: Listener) => void;
  /** Factor on every scripted duration. */
  readonly pace: number;
  /** Does something after the answer to the request that is being answered: in the next turn of the event loop. */
  readonly soon: (then: () => void) => void;
  /** Does now what was to be done soon. */
  readonly catchUp: () => void;
  /** Does something later, in real milliseconds; never after `stop`. */
  readonly after: (ms: number, then: () => void) => void;
  readonly stop: () => void;
};

/** @param pace factor on every scripted duration: 0.1 makes jobs ten times as fast */
export function createWorld(
  scenario: Scenario,
  { now = Date.now, pace = 1 }: { now?: () => number; pace?: number } = {},
): World {
  // Pipelines and jobs count from different numbers, so that mixing their ids up cannot go unnoticed.
  const last = { pipeline: 100, job: 5000, hook: 10, hookEvent: 0, trigger: 0, environment: 0 };
  const nextTriggerId = (): number => (last.trigger += 1);
  const projects = new Map(
    scenario.projects.map((project) => [project.id, createProject(project, now(), nextTriggerId)]),
  );
  const { act, emit, listen } = createPayloads();
  const timers = new Set<NodeJS.Timeout>();
  const due: (() => void)[] = [];
  /** What is added meanwhile is done too, so that a pipeline and its children are processed in one turn. */
  const catchUp = (): void => {
    for (let then = due.shift(); then !== undefined; then = due.shift()) act(then);
  };
  const world: World = {
    scenario,
    projects,
    groups: groupsOf(scenario.projects),
    pipelines: new Map(),
    around: {
      now,
      nextJobId: () => (last.job += 1),
      emit,
      lingers: (pipeline, job) => pipeline.autoRun && jobScriptOf(scenario, pipeline, job).cancelingMs > 0,
    },
    nextId: (of) => (last[of] += 1),
    isThrottled: createThrottle(now),
    act,
    listen,
    pace,
    soon: (then) => {
      if (due.push(then) === 1) setImmediate(catchUp);
    },
    catchUp,
    after: (ms, then) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        act(then);
      }, ms);
      timers.add(timer);
    },
    stop: () => {
      due.length = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
  return world;
}

/** Listeners may change things themselves, so an event waits until the change it belongs to is complete. */
function createPayloads(): Pick<World, 'act' | 'listen'> & { emit: Listener } {
  const listeners: Listener[] = [];
  const waiting: EngineEvent[] = [];
  let depth = 0;
  const spread = (): void => {
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      for (const listener of listeners) listener(event);
    }
  };
  return {
    emit: (event) => void waiting.push(event),
    listen: (listener) => void listeners.push(listener),
    act: (change) => {
      depth += 1;
      try {
        const result = change();
        if (depth === 1) spread();
        return result;
      } finally {
        depth -= 1;
      }
    },
  };
}
