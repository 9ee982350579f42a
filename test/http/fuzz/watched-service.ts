import { expect } from 'vitest';
import type { TestService } from '../../support/start-service.ts';
import { quiet, startService } from '../../support/start-service.ts';
import type { RawAnswer } from '../../support/raw-exchange.ts';

/** A service under watch: no failure in it may go unseen. */
export interface WatchedService extends TestService {
  /** Fails when something went wrong behind the answers. */
  readonly expectUnharmed: () => void;
}

export async function startWatchedService(): Promise<WatchedService> {
  const harm: unknown[] = [];
  const note = (error: unknown): void => void harm.push(error);
  const log = { ...quiet, error: (fields: object, message: string) => note({ ...fields, message }) };
  const service = await startService({ hooks: false, log });
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
  return {
    ...service,
    expectUnharmed: () => {
      expect(harm).toEqual([]);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    stop: async () => {
      process.off('unhandledRejection', note);
      process.off('uncaughtException', note);
      await service.stop();
    },
  };
}

/** An error that is one for the caller to read: a problem document that says of itself what its status line says. */
export function expectProblem({ status, headers, body }: RawAnswer): void {
  expect(headers['content-type']).toBe('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({
    type: expect.stringMatching(/^\/problems\/[a-z_]+$/) as string,
    title: expect.any(String) as string,
    status,
    detail: expect.any(String) as string,
  });
}
