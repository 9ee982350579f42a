import type { Payload } from '../../src/domain/delivery.ts';
import type { DeliveryId } from '../../src/domain/ids.ts';
import { hooksContract, hooksScenario } from '../contracts/hooks-contract.ts';
import { createFakeHooks } from './fake-hooks.ts';

const projects = hooksScenario.projects.map(({ path, archived = false }) => ({ path, isArchived: archived }));

hooksContract('the fake', (version) => {
  const fake = createFakeHooks({ projects, signs: version === 'signs', now: () => 0 });
  let isReachable = true;
  return Promise.resolve({
    hooks: fake.port,
    asDeveloper: fake.asDeveloper,
    setReachable: (value) => {
      isReachable = value;
      fake.setReachable(value);
    },
    async runPipeline() {
      fake.setPipeline();
      const [hook] = await fake.port.hooksOf('group/app');
      const payload = { kind: 'pipeline', pipeline: { id: 101 } } as unknown as Payload;
      if (!isReachable && hook !== undefined) fake.fail(hook.id, 'dlv_1' as DeliveryId, payload);
      return 101;
    },
    url: 'https://ci.example.com/webhooks/gitlab',
  });
});
