import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../../simulator/faults/random.ts';
import type { ServicePlace, ServiceProcess } from '../../../support/service-child.ts';

/** One process in so many is killed while it starts. */
const earlyDeaths = 0.2;
/** How long the others live when they listen: at most so many times as long as they took to start. */
const longestLife = 0.7;

/**
 * Starts a service again and again, and kills each process at a random moment of its life. On a busy machine, where
 * all takes longer, they live longer too.
 * @param afterKill while nothing runs
 */
export async function killOften(
  { start }: Pick<ServicePlace, 'start'>,
  { kills, random }: { readonly kills: number; readonly random: Random },
  afterKill: (service: ServiceProcess) => void,
): Promise<void> {
  let startMs = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const service = start();
    const since = performance.now();
    if (startMs > 0 && random() < earlyDeaths) await sleep(random() * startMs);
    else {
      await service.listening;
      startMs = performance.now() - since;
      await sleep(random() * longestLife * startMs);
    }
    await service.end('SIGKILL');
    afterKill(service);
  }
}
