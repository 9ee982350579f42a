import { onTestFinished } from 'vitest';
import { createHooksConnector } from '../../../src/gitlab/rest/hooks-client.ts';
import { startSimulator } from '../../../simulator/simulator.ts';
import { hooksContract, hooksScenario } from '../../contracts/hooks-contract.ts';
import { startReceiver } from '../../simulator/hooks/receiver.ts';
import { call } from '../../simulator/start.ts';
import { createAcceleratedClock } from '../../support/accelerated-clock.ts';
import { eventually } from '../../support/eventually.ts';

hooksContract('the client, against the simulator', async (version) => {
  const simulator = await startSimulator(hooksScenario, {
    gitlabVersion: version === 'signs' ? '19.1.0-ee' : '18.5.0-ee',
    // No minute ends while a test counts calls.
    now: () => Date.UTC(2026, 0, 1),
  });
  onTestFinished(() => simulator.close());
  const receiver = await startReceiver();
  const connect = createHooksConnector({ clock: createAcceleratedClock(Date.now()) });
  const as = (apiToken: string) => connect({ url: simulator.url, apiToken, triggerToken: null });
  return {
    hooks: as('glpat-root'),
    asDeveloper: as('glpat-dev'),
    setReachable: (isReachable) => {
      receiver.status = isReachable ? 200 : 500;
    },
    async runPipeline() {
      const path = '/projects/1/pipeline?ref=main';
      const { body } = await call(simulator, 'POST', path, { token: 'glpat-root' });
      // Of the pipeline one, of its job two.
      await eventually(() => {
        if (simulator.deliveries.length < 3) throw new Error('not all sent yet');
      });
      return (body as { id: number }).id;
    },
    url: receiver.url,
  };
});
