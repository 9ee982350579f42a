import { onTestFinished, vi } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import type { Simulator, SimulatorOptions } from '../../simulator/simulator.ts';

type ProjectInput = ScenarioInput['projects'][number];

/** One user of each kind and one project, `group/app`, whose jobs a test moves by hand. */
export function scenarioOf(
  project: Partial<ProjectInput> = {},
  rest: Partial<ScenarioInput> = {},
): ScenarioInput {
  return {
    users: [
      { username: 'root', token: 'root-token', admin: true },
      { username: 'dev', token: 'dev-token', roles: { 'group/app': 'developer' } },
      { username: 'reader', token: 'reader-token', roles: { 'group/app': 'reporter' }, scopes: ['read_api'] },
      { username: 'outsider', token: 'outsider-token' },
    ],
    defaultJob: { queueMs: 0, durationMs: 5 },
    ...rest,
    projects: [
      {
        id: 1,
        path: 'group/app',
        ci: { build: { stage: 'build', script: 'make' }, test: { script: 'make test' } },
        branches: ['feature/slash'],
        tags: ['v1.0'],
        triggerTokens: ['trigger-token'],
        autoRun: false,
        ...project,
      },
      ...(rest.projects ?? []),
    ],
  };
}

/** Starts a simulator that is closed when the test ends. */
export async function start(
  scenario: ScenarioInput = scenarioOf(),
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const simulator = await startSimulator(scenario, options);
  onTestFinished(() => simulator.close());
  return simulator;
}

export type Answer = { readonly status: number; readonly body: unknown; readonly headers: Headers };

/** Calls the API of a simulator as a user (`root` unless said otherwise). Objects are sent as JSON. */
export async function call(
  simulator: Simulator,
  method: string,
  path: string,
  {
    token = 'root-token',
    body,
    headers = {},
  }: { token?: string | null; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const isRaw = body instanceof URLSearchParams || body instanceof FormData;
  const response = await fetch(`${simulator.url}/api/v4${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { 'PRIVATE-TOKEN': token }),
      ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    body: isJson ? (JSON.parse(text) as unknown) : text,
    headers: response.headers,
  };
}

/** Creates a pipeline and returns its id. */
export async function createPipeline(simulator: Simulator, project = 'group/app'): Promise<number> {
  const path = `/projects/${encodeURIComponent(project)}/pipeline`;
  const { body } = await call(simulator, 'POST', path, { body: { ref: 'main' } });
  return (body as { id: number }).id;
}

/** Waits until an expectation holds; long enough for a machine that is busy with other tests. */
export function eventually(expectation: () => void): Promise<void> {
  return vi.waitFor(expectation, { timeout: 60_000, interval: 10 });
}
