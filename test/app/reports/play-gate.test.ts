import { describe, expect, test } from 'vitest';
import { settled } from '../../fakes/fake-clock.ts';
import { connectionReset, noAnswer, refusal, unreachable } from '../../fakes/failures.ts';
import { dying, failing, losingAnswer } from '../../fakes/intercept.ts';
import { quietMs } from '../start-engine.ts';
import { startWithUpstream } from './upstream.ts';

describe('a gate that was reached', () => {
  test.for(['gate', 'by hand'])(
    '%s is played once, without variables, when the trigger has finished',
    async (gate) => {
      const { startReporting, end, reach, jobs, reportsOf, count } = await startWithUpstream();
      await reach();
      const id = await startReporting({ gate });
      expect(count('playJob')).toBe(0);
      await end();
      expect(jobs(gate)).toMatchObject([{ status: 'pending', variables: {} }]);
      expect(await reportsOf(id)).toMatchObject([
        { kind: 'gate', target: gate, state: 'done', detail: 'played' },
      ]);
    },
  );

  test('is played whatever the outcome', async () => {
    const { startReporting, end, reach, jobs, outcomeOf } = await startWithUpstream();
    await reach();
    const id = await startReporting({ gate: 'gate' });
    await end('drop');
    expect(await outcomeOf(id)).toBe('failed');
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });

  test('is played when GitLab refuses to make the pipeline', async () => {
    const { startReporting, reach, jobs } = await startWithUpstream();
    await reach();
    await startReporting({ gate: 'gate' }, { project: 'group/none' });
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });
});

describe('a gate that was not reached when the trigger finished', () => {
  test('is played as soon as a webhook of its pipeline shows it', async () => {
    const { startReporting, end, reach, jobs, reportsOf } = await startWithUpstream();
    const id = await startReporting({ gate: 'gate' });
    await end();
    expect(await reportsOf(id)).toMatchObject([
      { state: 'waiting', detail: 'the upstream pipeline has not reached it' },
    ]);
    await reach();
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });

  test('is found by the sweep where no webhook came', async () => {
    const { startReporting, end, gitlab, upstreamId, jobs, clock, engine } = await startWithUpstream();
    await startReporting({ gate: 'gate' });
    await end();
    gitlab.apply('success', ['build'], upstreamId);
    await clock.advance(quietMs);
    await engine.sweep.round();
    await settled();
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });

  test('is noted, not played, when its pipeline is canceled', async () => {
    const { startReporting, end, gitlab, upstreamId, hook, reportsOf, count } = await startWithUpstream();
    const id = await startReporting({ gate: 'gate' });
    await end();
    gitlab.apply('cancel', [], upstreamId);
    await hook(upstreamId);
    expect(await reportsOf(id)).toMatchObject([{ state: 'done', detail: 'it was canceled' }]);
    expect(count('playJob')).toBe(0);
  });
});

describe('a gate that is no more', () => {
  test('is noted when somebody else has played it', async () => {
    const { startReporting, end, reach, gitlab, upstreamId, reportsOf, count } = await startWithUpstream();
    await reach();
    const id = await startReporting({ gate: 'gate' });
    gitlab.apply('play', ['gate'], upstreamId);
    await end();
    expect(await reportsOf(id)).toMatchObject([{ state: 'done', detail: 'it was started before' }]);
    expect(count('playJob')).toBe(0);
  });

  test('is noted when the pipeline never had it', async () => {
    const { startReporting, end, reportsOf } = await startWithUpstream();
    const id = await startReporting({ gate: 'other' });
    await end();
    expect(await reportsOf(id)).toMatchObject([
      { state: 'done', detail: 'the upstream pipeline has no such job' },
    ]);
  });

  test('is refused after a minute of 404 when its pipeline is gone', async () => {
    const { startReporting, end, gitlab, upstreamId, clock, reportsOf } = await startWithUpstream();
    const id = await startReporting({ gate: 'gate' });
    gitlab.deletePipeline(upstreamId);
    await end();
    expect(await reportsOf(id)).toMatchObject([{ state: 'waiting', detail: '404 Not found' }]);
    await clock.advance(180_000);
    expect(await reportsOf(id)).toMatchObject([{ state: 'refused', detail: '404 Not found' }]);
  });
});

describe('a gate that several triggers name', () => {
  test('is played when the last of them has finished', async () => {
    const { startReporting, end, reach, jobs, gitlab, hook, reportsOf, count } = await startWithUpstream();
    await reach();
    const first = await startReporting({ gate: 'gate' });
    const firstPipeline = gitlab.pipelines().at(-1)?.id;
    const second = await startReporting({ gate: 'gate' }, { project: 'group/strict' });
    await end('success', firstPipeline);
    expect(await reportsOf(first)).toMatchObject([{ state: 'waiting', detail: `waits for ${second}` }]);
    expect(count('playJob')).toBe(0);
    gitlab.apply('success', ['build']);
    await hook();
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
    for (const id of [first, second])
      expect(await reportsOf(id)).toMatchObject([{ state: 'done', detail: 'played' }]);
  });

  test('does not wait for an older trigger of the same project and ref', async () => {
    const { startReporting, end, reach, jobs, clock } = await startWithUpstream();
    await reach();
    await startReporting({ gate: 'gate' });
    await clock.advance(1_000);
    await startReporting({ gate: 'gate' });
    await end();
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });
});

describe('the play of a gate', () => {
  test('whose answer is lost is not repeated when GitLab has carried it out', async () => {
    const { startReporting, end, reach, gitlab, clock, jobs, reportsOf, count } = await startWithUpstream();
    await reach();
    const id = await startReporting({ gate: 'gate' });
    gitlab.next('playJob', losingAnswer(connectionReset()));
    await end();
    await clock.advance(120_000);
    expect(count('playJob')).toBe(1);
    expect(jobs('gate')).toHaveLength(1);
    expect(await reportsOf(id)).toMatchObject([{ state: 'done', detail: 'played' }]);
  });

  test('that never came through is repeated soon', async () => {
    const { startReporting, end, reach, gitlab, clock, jobs, count } = await startWithUpstream();
    await reach();
    await startReporting({ gate: 'gate' });
    gitlab.next('playJob', failing(unreachable()));
    await end();
    await clock.advance(5_000);
    expect(count('playJob')).toBe(2);
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });

  test('that was never answered is repeated a minute later, when GitLab will not carry it out any more', async () => {
    const { startReporting, end, reach, gitlab, clock, jobs, count } = await startWithUpstream();
    await reach();
    await startReporting({ gate: 'gate' });
    gitlab.next('playJob', failing(noAnswer()));
    await end();
    await clock.advance(50_000);
    expect(count('playJob')).toBe(1);
    await clock.advance(30_000);
    expect(count('playJob')).toBe(2);
    expect(jobs('gate')).toMatchObject([{ status: 'pending' }]);
  });

  test('that GitLab forbids is tried for ten minutes, and shown', async () => {
    const { startReporting, end, reach, gitlab, clock, reportsOf } = await startWithUpstream();
    await reach();
    const id = await startReporting({ gate: 'gate' });
    for (let times = 0; times < 40; times += 1) gitlab.next('playJob', failing(refusal('403 Forbidden')));
    await end();
    expect(await reportsOf(id)).toMatchObject([{ state: 'waiting', detail: '403 Forbidden' }]);
    await clock.advance(720_000);
    expect(await reportsOf(id)).toMatchObject([{ state: 'refused', detail: '403 Forbidden' }]);
  });

  test.for(['nothing', 'execution'] as const)('that a crash meets after %s is made once', async (after) => {
    const first = await startWithUpstream();
    await first.reach();
    const id = await first.startReporting({ gate: 'gate' });
    first.gitlab.next('playJob', dying({ after }));
    await first.end();
    first.kill();
    const second = await startWithUpstream(first);
    await second.engine.sweep.resume();
    await second.clock.advance(180_000);
    expect(second.jobs('gate')).toMatchObject([{ status: 'pending' }]);
    expect(await second.reportsOf(id)).toMatchObject([{ state: 'done', detail: 'played' }]);
  });
});

test('a finished trigger whose report is done is not open any more, and its secrets go with its end', async () => {
  const { startReporting, end, store, upstreamId } = await startWithUpstream();
  const id = await startReporting({ gate: 'gate' });
  expect(await store.port.secretsOf(id)).not.toBeNull();
  await end();
  expect(await store.port.secretsOf(id)).toBeNull();
  expect(await store.port.findConcerned(upstreamId, null)).toHaveLength(1);
});
