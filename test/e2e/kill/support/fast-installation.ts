import type { ScenarioInput } from '../../../../simulator/scenario.ts';
import type { WhenDone } from '../../../support/service-child.ts';
import type { Installation } from '../../../support/service-process.ts';
import { install } from '../../../support/service-process.ts';
import { createInstantClock } from '../../../support/instant-clock.ts';

/**
 * A GitLab and a service for whom a minute passes in a second: after a crash the service looks for a pipeline for a
 * minute before it dares to make one. All the rest is as usual.
 */
export function installFast(scenario: ScenarioInput, whenDone: WhenDone): Promise<Installation> {
  const since = Date.now();
  const clock = createInstantClock(since);
  return install(
    {
      // Where the service is down most of the time, GitLab would soon not call it any more.
      scenario: { ...scenario, autoDisableHooks: false },
      entry: ['test/e2e/kill/support/crashing-service.ts'],
      env: { SWIFT_SINCE: String(since), SWEEP_SECONDS: '60' },
      simulatorOptions: { now: () => clock.now() },
    },
    whenDone,
  );
}
