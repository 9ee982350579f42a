/**
 * The service on a fast clock, with ports that can end the process: a message names the call that is to be
 * the last one.
 */
import pino from 'pino';
import { readConfig } from '../../../../src/config/config.ts';
import { createGitLabConnector } from '../../../../src/gitlab/rest/client.ts';
import { serve } from '../../../../src/composition/serve.ts';
import { openStore } from '../../../../src/store/open-store.ts';
import { createInstantClock } from '../../../support/instant-clock.ts';
import { createMortality } from './killable-service.ts';
import type { CrashPoint } from './ports.ts';

const clock = createInstantClock(Number(process.env['SWIFT_SINCE']));
const connect = createGitLabConnector({ clock });
const { arm, mortal, mortalTriggers } = createMortality(() => process.kill(process.pid, 'SIGKILL'));

process.on('message', (point: CrashPoint) => {
  arm(point);
  process.send?.('armed');
});

await serve(readConfig(process.env), pino(pino.destination({ fd: 2, sync: true })), {
  clock,
  connectGitLab: (access) => mortal('gitlab', connect(access)),
  openStore: async (options) => {
    const store = await openStore(options);
    return { ...store, triggers: mortalTriggers(store.triggers), inbox: mortal('inbox', store.inbox) };
  },
});
