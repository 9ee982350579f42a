import { describe, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Installation } from '../support/service-process.ts';
import { install } from '../support/service-process.ts';

/** What GitLab was asked to show, without what it was asked to do. */
const readsOf = ({ simulator }: Installation) => simulator.requests.filter(({ method }) => method === 'GET');

const isList = ({ path }: { readonly path: string }): boolean => path.endsWith('/pipelines');

/** As often as the sweep may come in a time: each SWEEP_SECONDS (1), or a tenth sooner. */
const sweepsIn = (ms: number): number => Math.floor(ms / 900) + 1;

describe.concurrent('what a trigger costs in reads', { timeout: 300_000 }, () => {
  test('fewer than two, where hooks work', async ({ expect, onTestFinished }) => {
    const installation = await install({}, onTestFinished);
    const { trigger, finished } = installation;
    const projects = ['group/green', 'group/green', 'group/green', 'group/failing', 'group/manual'];
    const wanted = [...projects, ...projects];
    const triggers = await Promise.all(wanted.map((project) => trigger({ project, ref: 'main' })));
    const ended = await Promise.all(triggers.map(({ id }) => finished(id)));
    expect(new Set(ended.map(({ outcome }) => outcome))).toEqual(new Set(['success', 'failed', 'manual']));
    expect(readsOf(installation).length).toBeLessThan(2 * triggers.length);
  });

  test('without hooks, one in each sweep, by one list where a project has several, and one for the end', async ({
    expect,
    onTestFinished,
  }) => {
    const installation = await install({ hooks: false }, onTestFinished);
    const { simulator, trigger, pipelineOf, finished } = installation;
    for (const project of ['group/green', 'group/manual']) simulator.setAutoRun(project, false);
    const since = performance.now();
    const projects = [...Array.from({ length: 8 }, () => 'group/app'), 'group/green', 'group/manual'];
    const triggers = await Promise.all(projects.map((project) => trigger({ project, ref: 'main' })));
    const pipelineIds = await Promise.all(triggers.map(({ id }) => pipelineOf(id)));
    const readsOfPipeline = (id: number) =>
      readsOf(installation).filter(({ path }) => path.includes(`/pipelines/${id}/`)).length;
    const alone = pipelineIds.slice(-2);
    await eventually(() => expect(Math.min(...alone.map(readsOfPipeline))).toBeGreaterThanOrEqual(2));

    for (const id of pipelineIds) for (const job of ['build', 'unit']) simulator.apply(id, 'success', [job]);
    const ended = await Promise.all(triggers.map(({ id }) => finished(id)));
    const sweeps = sweepsIn(performance.now() - since);
    const outcomes = projects.map((project) => (project === 'group/manual' ? 'manual' : 'success'));
    expect(ended.map(({ outcome }) => outcome)).toEqual(outcomes);
    const lists = readsOf(installation).filter(isList);
    expect(new Set(lists.map(({ path }) => path))).toEqual(new Set(['/api/v4/projects/1/pipelines']));
    expect(lists.length).toBeLessThanOrEqual(sweeps);
    expect(pipelineIds.slice(0, 8).map(readsOfPipeline)).toEqual(Array.from({ length: 8 }, () => 1));
    for (const id of alone) expect(readsOfPipeline(id)).toBeLessThanOrEqual(sweeps);
  });
});
