import { describeSimulator } from '../../simulator/describe.ts';
import { readScenario } from '../../simulator/read-scenario.ts';
import { defaultScenario } from '../../simulator/scenarios.ts';
import { startSimulator } from '../../simulator/simulator.ts';

interface Options {
  readonly port: number;
  /** A JSON or YAML file; without one there is a project for each course of a pipeline. */
  readonly scenario: string | undefined;
}

/**
 * `pipeline-trigger simulator`: the simulated GitLab alone, to try clients with, until SIGTERM or SIGINT.
 * @throws Error when the scenario is invalid, or the port in use
 */
export async function runSimulator(
  { port, scenario }: Options,
  print: (text: string) => void,
): Promise<void> {
  const gitlab = await startSimulator(
    scenario === undefined ? defaultScenario : await readScenario(scenario),
    { port },
  );
  // One line for programs, several for people.
  print(`${JSON.stringify(describeSimulator(gitlab), null, process.stdout.isTTY ? 2 : 0)}\n`);
  const stop = (): void => void gitlab.close();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
