import type { ScenarioInput } from '../../../../simulator/scenario.ts';
import type { Simulator } from '../../../../simulator/simulator.ts';
import { startSimulator } from '../../../../simulator/simulator.ts';
import type { TestService } from '../../../support/start-service.ts';
import { callTrigger } from './call-trigger.ts';
import { apiToken, scenario as usualScenario, tokens } from './scenario.ts';
import type { Ended, Environment, RunningTrigger } from './start-trigger.ts';
import { startTrigger } from './start-trigger.ts';
import type { StatusProxy } from './status-proxy.ts';

/** The two ways in which `trigger` gets its work done. */
export const modes = ['standalone', 'service'] as const;
export type Mode = (typeof modes)[number];

/** A GitLab, perhaps with a service beside it, and `trigger` set up to use them. */
export interface World {
  readonly mode: Mode;
  readonly simulator: Simulator;
  /** Null in standalone mode. */
  readonly service: TestService | null;
  readonly env: Environment;
  /** Everything that every run needs but the project. Options given after them win. */
  readonly args: readonly string[];
  readonly start: (args: readonly string[], env?: Environment) => RunningTrigger;
  readonly run: (args: readonly string[], env?: Environment) => Promise<Ended>;
  /** The same in this process. */
  readonly call: typeof callTrigger;
  readonly stop: () => Promise<void>;
}

interface Options {
  readonly scenario?: ScenarioInput;
  /** GitLab is reached through it, and sends no hooks. */
  readonly proxy?: StatusProxy;
}

export async function startWorld(
  mode: Mode,
  { scenario = usualScenario, proxy }: Options = {},
): Promise<World> {
  const sweeping = new AbortController();
  const env = { SWEEP_SECONDS: '1', GITLAB_TOKEN: apiToken, ...(proxy ? { GITLAB_URL: proxy.url } : {}) };
  // A service is a lot to load for those who have no use for it.
  const support = mode === 'service' ? await import('../../../support/start-service.ts') : null;
  const service = (await support?.startService({ scenario, env, hooks: proxy === undefined })) ?? null;
  const simulator = service?.simulator ?? (await startSimulator(scenario));
  if (proxy !== undefined) proxy.target = simulator.url;
  const swept = service?.service.engine.sweep.run(sweeping.signal);
  const url = proxy?.url ?? simulator.url;
  return {
    mode,
    simulator,
    service,
    ...triggerFor({ url: service?.url ?? '', token: support?.adminToken ?? '' }, [
      '-h',
      url,
      '-s',
      '1',
      '-t',
      'main',
      ...tokens,
    ]),
    stop: async () => {
      sweeping.abort();
      await swept;
      await (service ?? { stop: simulator.close }).stop();
    },
  };
}

function triggerFor(
  service: { readonly url: string; readonly token: string },
  args: readonly string[],
): Pick<World, 'env' | 'args' | 'start' | 'run' | 'call'> {
  const env: Environment = { PIPELINE_TRIGGER_URL: service.url, PIPELINE_TRIGGER_TOKEN: service.token };
  const start: World['start'] = (more, others) => startTrigger([...args, ...more], { ...env, ...others });
  return {
    env,
    args,
    start,
    run: (more, others) => start(more, others).ended,
    call: (more, others) => callTrigger([...args, ...more], { ...env, ...others }),
  };
}

/** What was printed, without the dots, of which there are as many as it took looks. */
export const linesOf = (stdout: string): readonly string[] =>
  stdout.split('\n').filter((line) => !/^\.*$/.test(line));
