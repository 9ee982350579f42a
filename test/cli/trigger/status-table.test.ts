import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import type { KnownStatus, Phase } from '../../../src/domain/trigger/status.ts';
import { phase, phaseOf } from '../../../src/domain/trigger/status.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { apiToken, triggerToken } from './support/scenario.ts';
import type { StatusProxy } from './support/status-proxy.ts';
import { startStatusProxy } from './support/status-proxy.ts';
import type { World } from './support/world.ts';
import { linesOf, modes, startWorld } from './support/world.ts';

// Most of the time they wait.
vi.setConfig({ maxConcurrency: 12 });

const statuses = Object.keys(phaseOf) as KnownStatus[];
const actions = ['fail', 'pass', 'play'] as const;

/** One project for each status: its number is where the status stands in the list, from 1. */
const scenario: ScenarioInput = {
  users: [{ username: 'root', token: apiToken, admin: true }],
  projects: statuses.map((status, index) => ({
    id: index + 1,
    path: `group/${status}`,
    ci: { build: { script: 'make' } },
    autoRun: false,
    triggerTokens: [triggerToken],
  })),
};

/** A status in which the Python command went on waiting: GitLab takes `scheduled` for blocked, too. */
const goesOn = (status: KnownStatus): boolean =>
  (phase(status) satisfies Phase) === 'alive' || status === 'scheduled';

const rows = statuses.flatMap((status) =>
  actions.flatMap((onManual) => [true, false].map((detached) => ({ status, onManual, detached }))),
);

/** The rows that decide are run as the user runs them, the others in this process: a tenth of the time. */
const isInOwnProcess = ({ status, onManual, detached }: (typeof rows)[number]): boolean =>
  !detached && (status === 'manual' || (['success', 'failed'].includes(status) && onManual === 'fail'));

describe.each(modes)('%s: only success, and manual with pass, exits 0', (mode) => {
  let world: World;
  let proxy: StatusProxy;
  beforeAll(async () => {
    proxy = await startStatusProxy((projectId) => statuses[Number(projectId) - 1] ?? '');
    world = await startWorld(mode, { scenario, proxy });
  });
  afterAll(async () => {
    await world.stop();
    proxy.stop();
  });

  test.concurrent.for(rows)('$status, --on-manual $onManual, detached $detached', async (row, { expect }) => {
    const { status, onManual, detached } = row;
    const project = String(statuses.indexOf(status) + 1);
    const timeout = goesOn(status) ? ['--timeout', '1'] : [];
    const flags = ['--on-manual', onManual, ...(detached ? ['-d'] : timeout)];
    const run = isInOwnProcess(row) ? world.run : world.call;
    const { code, stdout } = await run([...flags, project]);
    const passes = status === 'success' || (status === 'manual' && onManual === 'pass');
    expect(code).toBe(detached || passes ? 0 : 1);
    expect(linesOf(stdout).at(-1)).toMatch(lastLine(row, passes));
  });
});

function lastLine({ status, detached }: (typeof rows)[number], passes: boolean): RegExp {
  if (detached) return /^Detached mode: not monitoring pipeline status - exiting now\.$/;
  if (passes)
    return status === 'success' ? /^Pipeline succeeded$/ : /^Pipeline status is "manual", action "pass"$/;
  // On a busy machine the second may be over before there is a pipeline.
  if (goesOn(status)) return /^Triggering pipeline |^Waiting for pipeline \d+ to finish \.\.\.$/;
  return /^Pipeline failed! Check details at '/;
}
