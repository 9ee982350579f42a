import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createGitLabConnector } from '../../../src/gitlab/rest/client.ts';
import { parsePayload } from '../../../src/gitlab/webhooks/parse-payload.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { isLong } from '../../support/long.ts';
import { scenario } from '../../support/scenario.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { examine } from './support/post-crash-checks.ts';
import { createCaller } from './support/persistent-caller.ts';
import { durableSteps, ports } from './support/ports.ts';
import type { Story } from './support/scenarios.ts';
import { scenarios } from './support/scenarios.ts';
import { installFast } from './support/fast-installation.ts';

/**
 * A crash before a step leaves the same stored state as a crash after the previous step. Only the long form
 * tests both for every step, and the scenario that takes seconds.
 */
const points = Object.entries(scenarios).flatMap(([name, story]) =>
  story.durableSteps.flatMap((step) => {
    if (!isLong && story.outcome === 'deadline') return [];
    const moments =
      isLong || step === 'triggers.create' ? (['before', 'after'] as const) : (['after'] as const);
    return moments.map((at) => ({ title: `${at} "${step}" of ${name}`, story, point: { at, step } }));
  }),
);
const table = points.map(({ title, ...point }) => [title, point] as const);

describe('the points', () => {
  test('leave out no method of a port', async () => {
    const directory = makeTemporaryDirectory();
    const store = await openStore({
      url: `file:${directory.path}/test.db`,
      encryptionKeys: null,
      parsePayload,
    });
    const access = { url: 'http://127.0.0.1:1', apiToken: null, triggerToken: null };
    const real = {
      triggers: store.triggers,
      inbox: store.inbox,
      gitlab: createGitLabConnector({ clock: systemClock })(access),
    };
    await store.close();
    directory.remove();
    const methodsOf = (each: object): [string, string[]][] =>
      Object.entries(each).map(([name, port]) => [name, Object.keys(port as object).sort()]);
    expect(methodsOf(ports)).toEqual(methodsOf(real));
  });

  test('leave out nothing that lasts', () => {
    const covered = new Set(Object.values(scenarios).flatMap((story) => story.durableSteps));
    expect([...covered].sort()).toEqual([...durableSteps].sort());
  });
});

describe('killed', { timeout: 300_000 }, async () => {
  const installation = await installFast(scenario, afterAll);
  const { simulator } = installation;
  let { service } = installation;
  let last = 0;

  beforeEach(async () => {
    // After a test that failed nothing may run.
    if (service.hasEnded()) service = await installation.startAgain();
  });

  test.each(table)('%s', async (_title, { story, point }) => {
    const prepared = await story.prepare?.(installation);
    if (story.fault !== undefined) simulator.faults.api.splice(0, Infinity, { ...story.fault });
    await service.ask(point);
    const request = { ref: 'main', ...story.request, ...prepared };
    const caller = createCaller(installation, request, `caller ${(last += 1)}`);
    const live = async () => {
      const id = await caller.ask();
      await story.drive?.(id, caller, installation);
      return { id, verdict: await caller.wait(id) };
    };
    const life = live();
    life.catch(() => undefined);
    // Some of what is done follows the verdict.
    await eventually(() => expect(service.hasEnded(), 'it died').toBe(true), 20_000);
    expect(examine(installation.databaseFile, ({ integrity }) => integrity)).toBe('ok');
    service = await installation.startAgain();
    const { id, verdict } = await life;
    expect(verdict.headers.get('pipeline-trigger-outcome')).toBe(story.outcome);
    expect(await caller.ask()).toBe(id);
    await expectOnePipeline(id, story, prepared?.pipelineId);
    if (story.reported === undefined) return;
    const upstream = prepared?.upstream?.pipelineId ?? 0;
    await eventually(() =>
      expect(simulator.pipeline(upstream).commitStatuses).toMatchObject([{ status: story.reported }]),
    );
  });

  /** What GitLab has seen of a trigger. */
  async function expectOnePipeline(id: string, story: Story, prepared: number | undefined): Promise<void> {
    const { project } = story.request as { project: string };
    const made = simulator
      .pipelines(project)
      .filter(({ variables }) => variables['PIPELINE_TRIGGER_ID'] === id)
      .map((pipeline) => pipeline.id);
    const { pipelineId } = await installation.show(id);
    expect(prepared === undefined ? made : [...made, prepared]).toEqual([pipelineId]);
    await eventually(() => expect(simulator.pipeline(pipelineId ?? 0).status).toBe(story.status));
    const names = simulator.pipeline(pipelineId ?? 0).jobs.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual(story.runsAgain ?? []);
  }
});
