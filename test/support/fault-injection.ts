import { onTestFinished } from 'vitest';
import { createGitLabConnector } from '../../src/gitlab/rest/client.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { eventually } from './eventually.ts';
import { troubleEverywhere } from './fault-plans.ts';
import { isLong } from './long.ts';
import { createRetryingFetch } from './retrying-fetch.ts';
import type { WhenDone } from './service-child.ts';
import type { Installation } from './service-process.ts';
import { install } from './service-process.ts';
import { startService } from './start-service.ts';
import { createInstantClock } from './instant-clock.ts';

/** What an end-to-end test needs of a GitLab and a service, wherever the service runs. */
export type Place = Pick<Installation, 'simulator' | 'call' | 'trigger' | 'show' | 'pipelineOf' | 'finished'>;

interface Options {
  readonly scenario?: ScenarioInput;
  readonly env?: Readonly<Record<string, string>>;
  readonly hooks?: boolean;
}

/** What an end-to-end test has to go through. */
export interface FaultInjection {
  readonly name: string;
  readonly isCalm: boolean;
  /** Installs a GitLab and a service, which are gone in the end. */
  readonly begin: (options?: Options, whenDone?: WhenDone) => Promise<Place>;
}

/** A minute takes three seconds. */
const speed = 20;
const pace = { slowMs: 100, lateMs: 100, resendMs: 10_000, retryAfterSeconds: 4 };

/** One in ten of all requests and hooks meets some trouble. The service runs in this process, where its time is ours. */
const faulty = (seed: number): FaultInjection => ({
  name: `10 % faults, seed ${seed}`,
  isCalm: false,
  async begin({ env = {}, ...options } = {}, whenDone = onTestFinished) {
    const clock = createInstantClock(Date.now(), speed);
    const { fetch, onRequest } = createRetryingFetch();
    const installed = await startService({
      ...options,
      env: { SWEEP_SECONDS: '20', ...env },
      clock,
      connectGitLab: createGitLabConnector({ clock, fetch }),
      gitlab: { seed, now: () => clock.now(), onRequest },
    });
    const { simulator, service, call, trigger, pipelineOf } = installed;
    const { api, hooks } = troubleEverywhere(0.1, pace);
    simulator.faults.api.push(...api);
    simulator.faults.hooks.push(...hooks);
    const working = new AbortController();
    const swept = service.engine.sweep.run(working.signal);
    whenDone(async () => {
      working.abort();
      await swept;
      await installed.stop();
    });
    const show: Place['show'] = async (id) => (await call('GET', `/v1/triggers/${id}`)).json as never;
    return {
      simulator,
      call,
      trigger,
      pipelineOf,
      show,
      finished: (id) =>
        eventually(async () => {
          const { text } = await call('GET', `/v1/triggers/${id}/wait?mode=text&wait=20`);
          if (text === 'running') throw new Error(`${id} does not finish: ${JSON.stringify(await show(id))}`);
          return show(id);
        }, 180_000),
    };
  },
});

const seeds = isLong ? [1, 2, 3] : [1, 2];

/** No trouble, and every kind of it. */
export const faultPlans: readonly FaultInjection[] = [
  { name: 'no faults', isCalm: true, begin: install },
  ...seeds.map(faulty),
];

/** The faults where the service is a process of its own, that can be killed. */
interface OpenSky {
  readonly name: string;
  readonly begin: typeof install;
}

/** As a faulty, but that nothing hangs: time is the machine's there, and a request would be waited for in full. */
const openStorm = (seed: number): OpenSky => ({
  name: `10 % faults, seed ${seed}`,
  async begin(options, whenDone) {
    const installation = await install({ ...options, simulatorOptions: { seed } }, whenDone);
    const { api, hooks } = troubleEverywhere(0.1, pace);
    installation.simulator.faults.api.push(...api.filter(({ kind }) => kind !== 'hang'));
    installation.simulator.faults.hooks.push(...hooks);
    return installation;
  },
});

export const openSkies: readonly OpenSky[] = [{ name: 'no faults', begin: install }, ...seeds.map(openStorm)];
