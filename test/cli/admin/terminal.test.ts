import { afterAll, describe, expect, test } from 'vitest';
import { sitDown, terminalMaker } from '../../support/at-terminal.ts';
import { isInstalled } from '../../support/is-installed.ts';
import { adminToken, startService } from '../../support/start-service.ts';

const world = await startService();
afterAll(world.stop);

const sit = (...args: readonly string[]) =>
  sitDown(args, { PIPELINE_TRIGGER_URL: world.url, PIPELINE_TRIGGER_TOKEN: adminToken });

async function standing(): Promise<string> {
  const { id } = await world.trigger({ project: 'group/app', ref: 'main' });
  await world.pipelineOf(id);
  return id;
}

const stateOf = async (id: string): Promise<unknown> =>
  ((await world.call('GET', `/v1/triggers/${id}`)).json as { state: unknown }).state;

const why = /Why\? It goes into the audit log: /;
const [ctrlC, ctrlD] = ['\u0003', '\u0004'];

describe.skipIf(!isInstalled(terminalMaker))('at a terminal', () => {
  test('cancel asks why, and the reason is kept', async () => {
    const id = await standing();
    const person = sit('cancel', id);
    await person.answer(why, '  wrong branch \n');
    expect(await person.end(), person.shown()).toBe(0);
    expect(person.shown()).toContain(`${id}  group/app main`);
    expect(await world.finished(id)).toMatchObject({ reason: 'canceled by admin: wrong branch' });
  });

  test('resolve asks why, and the reason is kept', async () => {
    const id = await standing();
    const person = sit('resolve', id, '--as', 'success');
    await person.answer(why, 'deployed by hand\n');
    expect(await person.end(), person.shown()).toBe(0);
    expect(await world.finished(id)).toMatchObject({ outcome: 'success', reason: 'deployed by hand' });
  });

  test('who has said why is not asked', async () => {
    const id = await standing();
    const person = sit('resolve', id, '--as', 'success', '--reason', 'seen');
    expect(await person.end()).toBe(0);
    expect(person.shown()).not.toMatch(why);
  });

  test.each([
    ['nothing', '\n', 2, '--reason: say why'],
    ['blanks', '   \n', 2, '--reason: say why'],
    ['Ctrl-C', ctrlC, 1, 'no answer, so nothing was done'],
    ['Ctrl-D', ctrlD, 1, 'no answer, so nothing was done'],
  ])('%s is no reason, and nothing is done', async (_what, keys, code, message) => {
    const id = await standing();
    for (const args of [
      ['cancel', id],
      ['resolve', id, '--as', 'failed'],
    ]) {
      const person = sit(...args);
      await person.answer(why, keys);
      expect(await person.end()).toBe(code);
      // On a line of its own.
      expect(person.shown()).toMatch(new RegExp(`\\npipeline-trigger: ${message}\\r?\\n$`));
    }
    expect(await stateOf(id)).toBe('pending');
  });

  test('a table has a bold heading, and fits a terminal that does not tell its size', async () => {
    await standing();
    const person = sit('list');
    expect(await person.end()).toBe(0);
    const [heading = '', ...rows] = person.shown().split('\r\n');
    expect(heading).toMatch(/^\u001b\[1mID +STATE +PROJECT .*\u001b\[0m$/);
    expect(rows[0]).toMatch(/^trg_/);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(80);
  });
});
