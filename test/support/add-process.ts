import { send } from './call.ts';
import { freePort } from './free-port.ts';
import type { ServiceProcess } from './service-child.ts';
import type { Installation } from './service-process.ts';
import { adminToken } from './start-service.ts';

/** A further process on the database of an installation. */
export interface AddedProcess extends ServiceProcess {
  readonly url: string;
  readonly call: Installation['call'];
}

/** Starts a second process on the database of the first, at an address of its own, and waits until it listens. */
export async function addProcess({ startAgain, watch }: Installation): Promise<AddedProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startAgain({ PORT: String(port), PUBLIC_URL: url });
  const call: Installation['call'] = async (method, path, options) => {
    const answer = await send(`${url}${path}`, method, { token: adminToken, ...options });
    watch.see(`${method} ${path}`, answer.text);
    return answer;
  };
  return { ...process, url, call };
}
