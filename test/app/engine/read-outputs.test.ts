import { describe, expect, test } from 'vitest';
import { outputsMs } from '../../../src/app/engine/read-outputs.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { badGateway } from '../../fakes/failures.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing } from '../../fakes/intercept.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const project = 'group/outputs';
const script = 'make';
const projects = [
  {
    id: 40,
    path: project,
    ci: { build: { script }, deploy: { script }, quiet: { script }, secret: { script } },
    jobs: {
      build: { dotenv: ['VERSION=1\nFROM=build', 'VERSION=2\nFROM=build'] },
      deploy: { dotenv: 'FROM=deploy\nURL=https://app.test' },
      secret: { dotenv: 'TOKEN=x', privateArtifacts: true },
    },
  },
];
const never = (): Promise<never> => new Promise(() => undefined);
const from = (...jobs: readonly string[]): Partial<TriggerRequest> => ({
  outputs: jobs.map((job) => ({ job, file: null })),
});

async function begin(request: Partial<TriggerRequest>, outside = createOutside(projects)) {
  const service = startEngine(outside);
  const id = await service.start({ project, ...request });
  const { gitlab, clock } = outside;
  async function report(): Promise<void> {
    await service.hook();
    await clock.advance(100);
    await settled();
  }
  async function end(): Promise<void> {
    gitlab.apply('success', ['build', 'deploy', 'quiet', 'secret']);
    await report();
  }
  const shown = async () => {
    const { state, outputs } = await service.find(id);
    return { ended: state.kind === 'finished' ? state.outcome : state.kind, ...outputs };
  };
  return { ...service, outside, gitlab, clock, id, report, end, shown };
}

describe('a trigger with outputs', () => {
  test('has them when it ends', async () => {
    const { end, shown } = await begin(from('build', 'dep*'));
    await end();
    expect(await shown()).toEqual({
      ended: 'success',
      values: { VERSION: '1', FROM: 'deploy', URL: 'https://app.test' },
      problem: null,
    });
  });

  test('costs one call for the list of jobs and one for each report', async () => {
    const { end, shown, count } = await begin(from('*'));
    await end();
    expect(await shown()).toMatchObject({ ended: 'success', values: { VERSION: '1' } });
    expect([count('jobArtifacts'), count('readDotenv')]).toEqual([1, 3]);
  });

  test('has those of the latest run of a job', async () => {
    const { gitlab, report, end, shown } = await begin({
      ...from('build'),
      autoRetry: { max: 1, reasons: ['infrastructure'] },
    });
    gitlab.apply('success', ['deploy', 'quiet', 'secret']);
    gitlab.fail('build', 'runner_system_failure');
    await report();
    await end();
    expect(await shown()).toMatchObject({ ended: 'success', values: { VERSION: '2' } });
  });

  test('says what could not be read, and ends as it would have', async () => {
    const { end, shown } = await begin(from('build', 'quiet', 'secret', 'nobody'));
    await end();
    expect(await shown()).toEqual({
      ended: 'success',
      values: { VERSION: '1', FROM: 'build' },
      problem: 'nobody: there is no such job, quiet: it has no dotenv report, secret: 403 Forbidden',
    });
  });

  test('has those of a failed pipeline, too', async () => {
    const { gitlab, report, shown } = await begin(from('build'));
    gitlab.apply('success', ['build', 'quiet', 'secret']);
    gitlab.fail('deploy', 'script_failure');
    await report();
    expect(await shown()).toMatchObject({ ended: 'failed', values: { VERSION: '1' } });
  });

  test('ends in time while GitLab is silent', async () => {
    const { outside, end, shown, clock } = await begin(from('build'));
    outside.gitlab.next('readDotenv', never);
    await end();
    expect(await shown()).toEqual({ ended: 'running' });
    await clock.advance(outputsMs);
    await settled();
    expect(await shown()).toMatchObject({
      ended: 'success',
      values: {},
      problem: expect.stringContaining('10 seconds') as string,
    });
  });

  test('ends without them while GitLab does not answer', async () => {
    const { outside, end, shown } = await begin(from('build'));
    outside.gitlab.next('jobArtifacts', failing(badGateway()));
    await end();
    expect(await shown()).toMatchObject({
      ended: 'success',
      values: {},
      problem: expect.any(String) as string,
    });
  });

  test('has the next process read them where this one dies first', async () => {
    const outside = createOutside(projects);
    const first = await begin(from('build'), outside);
    outside.gitlab.next('jobArtifacts', never);
    await first.end();
    first.kill();
    const second = startEngine(outside);
    await outside.clock.advance(quietMs * 2);
    await second.engine.sweep.round();
    await settled();
    expect((await second.find(first.id)).outputs).toMatchObject({ values: { VERSION: '1' } });
  });

  test('that is canceled has no end but the one that was found', async () => {
    const { outside, end, shown, clock, engine, id } = await begin(from('build'));
    outside.gitlab.next('readDotenv', never);
    await end();
    await engine.steer.cancel(id, 'somebody');
    await clock.advance(outputsMs);
    await settled();
    expect(await shown()).toMatchObject({ ended: 'success' });
  });
});

test('a trigger without outputs reads none', async () => {
  const { end, shown, count } = await begin({});
  await end();
  expect(await shown()).toEqual({ ended: 'success' });
  expect(count('jobArtifacts')).toBe(0);
});
