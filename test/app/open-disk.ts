import { copyFileSync } from 'node:fs';
import { parsePayload } from '../../src/gitlab/webhooks/parse-payload.ts';
import { openStore } from '../../src/store/open-store.ts';
import { settled } from '../fakes/fake-clock.ts';
import type { TemporaryDirectory } from '../support/temporary-directory.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import type { Stores } from './deliveries/replay-history.ts';

export interface Disk {
  readonly stores: Stores;
  /** Resolves when nothing is being read or written any more. */
  readonly rest: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const encryptionKeys: [Buffer] = [Buffer.alloc(32, 1)];
const open = (directory: TemporaryDirectory) =>
  openStore({ url: `file:${directory.path}/test.db`, encryptionKeys, parsePayload });

/** An empty database, from which others are copied: to make one takes much longer. */
export async function makeEmptyDatabase(): Promise<TemporaryDirectory> {
  const directory = makeTemporaryDirectory();
  const store = await open(directory);
  await store.close();
  return directory;
}

/** A database in a directory of its own, with a method that waits until it is idle. */
export async function openDisk(empty: TemporaryDirectory): Promise<Disk> {
  const directory = makeTemporaryDirectory();
  copyFileSync(`${empty.path}/test.db`, `${directory.path}/test.db`);
  const store = await open(directory);
  let underWay = 0;

  const counted = <Port extends object>(port: Port): Port =>
    Object.fromEntries(
      Object.entries(port as Record<string, (...args: unknown[]) => Promise<unknown>>).map(
        ([name, method]) => [
          name,
          async (...args: unknown[]) => {
            underWay += 1;
            try {
              return await method(...args);
            } finally {
              underWay -= 1;
            }
          },
        ],
      ),
    ) as Port;

  async function rest(): Promise<void> {
    // What has just been answered may have something follow that asks once more.
    for (let idle = 0; idle < 3; idle = underWay === 0 ? idle + 1 : 0) await settled();
  }

  return {
    stores: { triggers: counted(store.triggers), inbox: counted(store.inbox) },
    rest,
    close: async () => {
      await rest();
      await store.close();
      directory.remove();
    },
  };
}
