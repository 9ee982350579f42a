import { describe, expect, test } from 'vitest';
import type { PipelineId } from '../../../src/domain/ids.ts';
import { badGateway, refusal } from '../../fakes/failures.ts';
import { failing } from '../../fakes/intercept.ts';
import { outcomeOf, reasonOf } from '../../fakes/triggers.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const refused =
  'project: GitLab leads from this path to another project, in which the caller may not start pipelines';
const limited = { project: 'group/gone', playsIn: ['group/*'] };

/** A project that has moved away from group/gone, with a failed pipeline. */
async function begin(path = 'secret/vault', service = {}) {
  const moved = { id: 9, path, formerPaths: ['group/gone'], ci: { build: { script: 'make' } } };
  const begun = startEngine(createOutside([moved]), { triggerToken: null, ...service });
  await begun.start({ project: '9' });
  begun.gitlab.apply('drop', ['build']);
  const pipelines = () => begun.gitlab.pipelines().filter(({ project }) => project === path);
  const before = begun.gitlab.calls.length;
  const methods = () => begun.gitlab.calls.slice(before).map((call) => call.split(' ')[0]);
  return { ...begun, pipelines, methods, pipelineId: pipelines()[0]?.id as PipelineId };
}

describe('to retry under the path of a project that has moved', () => {
  test.each(['retry', 'pipelineId'] as const)(
    'by %s, out of the projects of the caller: is refused, and nothing of it is read or shown',
    async (member) => {
      const { start, find, methods, pipelines, pipelineId } = await begin();
      const request = member === 'retry' ? { retry: true } : { pipelineId };
      const trigger = await find(await start({ ...limited, ...request }));
      expect([outcomeOf(trigger), reasonOf(trigger)]).toEqual(['error', refused]);
      expect(methods()).toEqual(['nameProject']);
      expect(pipelines()).toMatchObject([{ status: 'failed' }]);
      expect(JSON.stringify(trigger)).not.toMatch(/vault|candidate/);
    },
  );

  test.each([
    ['into another project of the caller', 'group/new', ['group/*']],
    ['to where a pattern of the caller names its id', 'secret/vault', ['group/gone', '9']],
    ['to where a pattern of the caller names its path, in another case', 'secret/vault', ['Secret/VAULT']],
    ['where the caller has no limit', 'secret/vault', undefined],
  ])('%s: is retried', async (_where, path, playsIn) => {
    const { start, find, pipelines, pipelineId } = await begin(path);
    const more = playsIn === undefined ? {} : { playsIn };
    const id = await start({ project: 'group/gone', pipelineId, ...more });
    expect((await find(id)).state).toMatchObject({ kind: 'running', pipeline: { id: pipelineId } });
    expect(pipelines()).toMatchObject([{ status: 'running' }]);
  });

  test('in a project that has not moved: is read by its id, so that it cannot move in between', async () => {
    const { start, gitlab, pipelineId } = await begin('group/gone');
    await start({ ...limited, pipelineId });
    for (const method of ['showPipeline', 'tipOf'])
      expect(gitlab.calls.findLast((call) => call.startsWith(method))).toMatch(/^\w+ 9 /);
  });

  test('while GitLab cannot say where it leads: is not retried, and tried again', async () => {
    const { start, find, gitlab, clock, pipelines, pipelineId } = await begin();
    gitlab.next('nameProject', failing(badGateway()));
    const id = await start({ ...limited, pipelineId });
    expect((await find(id)).state.kind).toBe('requested');
    await clock.advance(60_000);
    expect(outcomeOf(await find(id))).toBe('error');
    expect(pipelines()).toMatchObject([{ status: 'failed' }]);
  });
});

/** Source: GitLab lib/api/ci/triggers.rb, `find_project`, which follows former paths and redirects nothing. */
describe("to create with the service's trigger token under the path of a project that has moved", () => {
  const service = { triggerToken: 'glptt-service' };

  test('out of the projects of the caller: is refused, and creates nothing', async () => {
    const { start, find, pipelines } = await begin('secret/vault', service);
    const trigger = await find(await start(limited));
    expect([outcomeOf(trigger), reasonOf(trigger)]).toEqual(['error', refused]);
    expect(pipelines()).toHaveLength(1);
  });

  test('by an allowed caller: asks GitLab once in five minutes', async () => {
    const { start, pipelines, count, clock } = await begin('group/new', service);
    for (let times = 0; times < 3; times += 1) await start(limited);
    expect([pipelines().length, count('nameProject')]).toEqual([4, 1]);
    await clock.advance(300_000);
    await start(limited);
    expect(count('nameProject')).toBe(2);
    await start({ ...limited, playsIn: ['other/*', 'group/new'] });
    expect(count('nameProject')).toBe(3);
  });

  test('that the API token may not see: is created, as it is without an API token', async () => {
    const { start, gitlab, pipelines, count } = await begin('group/new', service);
    gitlab.next('nameProject', failing(refusal('403 Forbidden')));
    await start(limited);
    expect([pipelines().length, count('nameProject')]).toEqual([2, 1]);
    const alone = await begin('group/new', { ...service, apiToken: null });
    await alone.start(limited);
    expect([alone.pipelines().length, alone.count('nameProject')]).toEqual([2, 0]);
  });

  test("and by the caller's own trigger token: is created without a question", async () => {
    const { start, pipelines, count } = await begin('secret/vault', service);
    await start(limited, { triggerToken: 'glptt-own' });
    expect([pipelines().length, count('nameProject')]).toEqual([2, 0]);
  });
});
