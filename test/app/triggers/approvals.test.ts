import { describe, expect, test } from 'vitest';
import { createAudit } from '../../../src/app/access/audit.ts';
import { createApprovals } from '../../../src/app/triggers/decide-approval.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { AppError } from '../../../src/domain/error.ts';
import { approvalsOf } from '../../../src/domain/trigger/held-jobs.ts';
import type { ManualRule } from '../../../src/domain/trigger/manual-rules.ts';
import type { TriggerRequest } from '../../../src/domain/trigger/trigger.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { failing } from '../../fakes/intercept.ts';
import { refusal } from '../../fakes/failures.ts';
import { reasonOf } from '../../fakes/triggers.ts';
import { createOutside, startEngine } from '../start-engine.ts';

const manual = { script: 'do', when: 'manual', allow_failure: false } as const;
const projects = [
  {
    id: 7,
    path: 'group/deploy',
    ci: {
      stages: ['build', 'deploy', 'verify'],
      build: { stage: 'build', script: 'make' },
      eu: { stage: 'deploy', ...manual, environment: 'production/eu' },
      us: { stage: 'deploy', ...manual, environment: 'production/us' },
      rollback: { stage: 'deploy', script: 'undo', when: 'manual' },
      verify: { stage: 'verify', script: 'look' },
    },
  },
  {
    id: 8,
    path: 'group/optional',
    ci: { build: { script: 'make' }, tidy: { script: 'rm', when: 'manual' } },
  },
];

const approver: Caller = { id: 'ann', role: 'approve', projects: ['group/*'] };
const admin: Caller = { id: 'admin', role: 'admin', projects: null };

/** A trigger with rules, started by the key `ci`, and its pipeline before the manual jobs. */
async function begin(
  rules: readonly ManualRule[],
  request: Partial<TriggerRequest> = {},
  outside = createOutside(projects),
) {
  const engine = startEngine(outside, {}, { guardsProduction: false });
  const id = await engine.start({ project: 'group/deploy', manual: rules, ...request });
  const { audit: store } = createMemoryStore();
  const audit = createAudit({ store, clock: outside.clock, log: { info: () => undefined } });
  const approvals = createApprovals({ steer: engine.engine.steer, audit, fourEyes: true });
  const decide = async (
    decision: 'approve' | 'reject',
    job: string | null = null,
    caller: Caller = approver,
    comment: string | null = null,
  ) => {
    const by = { caller, actor: { id: caller.id, from: '127.0.0.1' } };
    const after = await approvals.decide(by, await engine.find(id), { decision, job, comment });
    await settled();
    return after;
  };
  const played = () =>
    engine.gitlab.calls
      .filter((call) => call.startsWith('playJob'))
      .map((call) => {
        const jobs = engine.gitlab.pipelines().flatMap((pipeline) => pipeline.jobs);
        return jobs.find((job) => String(job.id) === call.split(' ')[2])?.name;
      });
  return {
    ...engine,
    id,
    audit: store,
    decide,
    approve: (job?: string | null, caller?: Caller) => decide('approve', job, caller),
    reject: (job?: string | null, comment?: string) => decide('reject', job, approver, comment ?? null),
    waiting: async () => approvalsOf(await engine.find(id)).map(({ name }) => name),
    played,
    /** Time passes, and a round of the sweep comes. */
    pass: async (ms: number) => {
      await engine.clock.advance(ms);
      await engine.engine.sweep.round();
      await settled();
    },
    block: async () => {
      engine.gitlab.apply('success', ['build']);
      await engine.hook();
    },
  };
}

const both: readonly ManualRule[] = [{ job: '*', action: 'approve' }];

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

describe('an approval', () => {
  test('is asked for once the pipeline stands still, and not before', async () => {
    const { waiting, gitlab, hook, block, find, id, clock } = await begin(both);
    await hook();
    expect(await waiting()).toEqual([]);
    gitlab.apply('run', ['build']);
    await hook();
    expect(await waiting()).toEqual([]);
    await block();
    expect(await waiting()).toEqual(['eu', 'us']);
    expect(approvalsOf(await find(id))).toMatchObject([
      { environment: 'production/eu', since: clock.now(), expiresAt: null },
      { environment: 'production/us' },
    ]);
  });

  test('given: the job is played, once, and the rest goes on waiting', async () => {
    const { block, approve, played, waiting, gitlab, hook, outcomeOf, id } = await begin(both);
    await block();
    await approve('us');
    await approve('us');
    expect([played(), await waiting()]).toEqual([['us'], ['eu']]);
    gitlab.apply('success', ['us']);
    await hook();
    expect([await waiting(), await outcomeOf(id)]).toEqual([['eu'], null]);
    await approve();
    gitlab.apply('success', ['eu']);
    gitlab.apply('success', ['verify']);
    await hook();
    expect([played(), await outcomeOf(id)]).toEqual([['us', 'eu'], 'success']);
  });

  test('of one job is given while the other one runs', async () => {
    const { block, approve, played } = await begin(both);
    await block();
    await approve('us');
    await approve('eu');
    expect(played()).toEqual(['us', 'eu']);
  });

  test('refused: the trigger ends as manual, and says by whom and why', async () => {
    const { block, reject, outcomeOf, find, id, played, waiting } = await begin(both);
    await block();
    await reject('us', 'freeze\nuntil Monday');
    expect([await outcomeOf(id), played(), await waiting()]).toEqual(['manual', [], []]);
    expect(reasonOf(await find(id))).toBe('us was rejected by ann: freeze until Monday');
    await reject('us');
    expect(await outcomeOf(id)).toBe('manual');
  });

  test('needs a name where several wait, and tells the names', async () => {
    const { block, approve } = await begin(both);
    await block();
    await expect(approve()).rejects.toThrow(/several jobs wait.*eu, us/);
    await expect(approve('rollback')).rejects.toThrow(/does not wait to be approved; these do: eu, us/);
  });

  test('is decided once: what comes second is refused', async () => {
    const { block, approve, reject, played, outcomeOf, id } = await begin(both);
    await block();
    await approve('us');
    expect(await codeOf(reject('us'))).toBe('no_approval');
    expect(await outcomeOf(id)).toBeNull();
    const [first, second] = await Promise.all([codeOf(reject('eu')), codeOf(approve('eu'))]);
    expect([first, second]).toEqual(['done', 'no_approval']);
    expect([played(), await outcomeOf(id)]).toEqual([['us'], 'manual']);
  });

  test('is settled by a person who plays the job in GitLab', async () => {
    const { block, waiting, gitlab, hook, approve, played } = await begin(both);
    await block();
    gitlab.apply('play', ['us']);
    await hook();
    expect(await waiting()).toEqual(['eu']);
    expect(await codeOf(approve('us'))).toBe('no_approval');
    expect(played()).toEqual([]);
  });

  test('that meets a play in GitLab plays nothing more', async () => {
    const { block, gitlab, approve, played } = await begin(both);
    await block();
    gitlab.apply('play', ['us']);
    await approve('us');
    expect(played()).toEqual([]);
  });

  test('leaves a refusal of GitLab in its words', async () => {
    const { block, gitlab, approve, find, id, outcomeOf } = await begin([{ job: 'us', action: 'approve' }]);
    await block();
    gitlab.next('playJob', failing(refusal('403 Forbidden')));
    await approve();
    expect(await outcomeOf(id)).toBe('manual');
    expect(reasonOf(await find(id))).toContain('us: 403 Forbidden');
  });

  test('is not asked for once a required job has failed, and plays nothing then', async () => {
    const { block, approve, gitlab, hook, played, outcomeOf, id, waiting } = await begin(both);
    await block();
    await approve('us');
    gitlab.apply('drop', ['us']);
    expect(await codeOf(approve('eu'))).toBe('done');
    await hook();
    expect([played(), await outcomeOf(id), await waiting()]).toEqual([['us'], 'failed', []]);
  });

  test('waits for the standstill where a person has something else run meanwhile', async () => {
    const { block, approve, gitlab, hook, played } = await begin(both);
    await block();
    gitlab.apply('play', ['rollback']);
    await approve('us');
    expect(played()).toEqual([]);
    gitlab.apply('success', ['rollback']);
    await hook();
    expect(played()).toEqual(['us']);
  });

  test('of an optional job is asked for by its exact name, once the pipeline has ended without it', async () => {
    const rules: readonly ManualRule[] = [{ job: 'tidy', action: 'approve' }];
    const { waiting, block, approve, gitlab, hook, outcomeOf, id } = await begin(rules, {
      project: 'group/optional',
    });
    await block();
    expect([await waiting(), await outcomeOf(id)]).toEqual([['tidy'], null]);
    await approve();
    gitlab.apply('success', ['tidy']);
    await hook();
    expect(await outcomeOf(id)).toBe('success');

    const any = await begin([{ job: 'ti*', action: 'approve' }], { project: 'group/optional' });
    await any.block();
    expect(await any.outcomeOf(any.id)).toBe('success');
  });

  test('is asked for early by a rule that says playable, and the job is played immediately', async () => {
    const ci = { build: { script: 'make' }, deploy: { ...manual, needs: [] } };
    const outside = createOutside([{ id: 9, path: 'group/early', ci }]);
    const rules: readonly ManualRule[] = [{ job: 'deploy', action: 'approve', when: 'playable' }];
    const { gitlab, hook, waiting, approve, played } = await begin(
      rules,
      { project: 'group/early' },
      outside,
    );
    gitlab.apply('run', ['build']);
    await hook();
    expect(await waiting()).toEqual(['deploy']);
    await approve();
    expect(played()).toEqual(['deploy']);
  });

  test('is asked for again after a retry', async () => {
    const { block, reject, engine, id, waiting, hook } = await begin(both);
    await block();
    await reject('us');
    await engine.steer.retry(id);
    await settled();
    await hook();
    expect(await waiting()).toEqual(['eu', 'us']);
  });

  test('that nobody wants any more, since the trigger is being canceled', async () => {
    const { block, engine, id, approve, waiting, played } = await begin(both);
    await block();
    await engine.steer.cancel(id, 'ann');
    await settled();
    expect([await waiting(), await codeOf(approve('us')), played()]).toEqual([[], 'no_approval', []]);
  });
});

describe('who may approve', () => {
  test.each<[string, Caller, string]>([
    ['a key with the role', approver, 'done'],
    ['an admin', admin, 'done'],
    ['everyone on this machine', { id: 'local', role: 'admin', projects: null }, 'done'],
    ['a key with the role for other projects', { ...approver, projects: ['other/*'] }, 'forbidden'],
    ['a key with the role and the name of who started it', { ...approver, id: 'ci' }, 'forbidden'],
    ['an admin who started it', { ...admin, id: 'ci' }, 'forbidden'],
    ['a key that may trigger', { id: 'bob', role: 'trigger', projects: null }, 'forbidden'],
    ['who started it', { id: 'ci', role: 'trigger', projects: null }, 'forbidden'],
    ['a reader', { id: 'bob', role: 'read', projects: null }, 'forbidden'],
  ])('%s: %s', async (_who, caller, expected) => {
    const { block, approve } = await begin(both);
    await block();
    expect(await codeOf(approve('us', caller))).toBe(expected);
  });

  test('is in the audit log before it is done; a refusal is not', async () => {
    const { block, decide, audit } = await begin(both);
    await block();
    await codeOf(decide('approve', 'us', { ...approver, role: 'read' }));
    await decide('approve', 'us', approver, 'ok');
    const { items } = await audit.list({ actor: null, subject: null, limit: 10, cursor: null });
    expect(items).toMatchObject([
      { action: 'trigger.approve', actor: { id: 'ann' }, details: { jobs: ['us'], comment: 'ok' } },
    ]);
  });
});

describe('/play of a job that waits to be approved', () => {
  const who = (approvalRefusal: string | null) => ({ by: 'bob', approvalRefusal });

  test.each([[['us']], [null]])('%j: forbidden for who may not approve it', async (jobs) => {
    const { block, engine, id, played } = await begin(both);
    await block();
    expect(await codeOf(engine.steer.play(id, jobs, who('no')))).toBe('forbidden');
    expect(played()).toEqual([]);
  });

  test('approves it for who may', async () => {
    const { block, engine, id, played, waiting } = await begin(both);
    await block();
    await engine.steer.play(id, ['us'], who(null));
    await settled();
    expect([played(), await waiting()]).toEqual([['us'], ['eu']]);
  });

  test('is allowed for other jobs', async () => {
    const { block, engine, id, played } = await begin(both);
    await block();
    await engine.steer.play(id, ['rollback'], who('no'));
    await settled();
    expect(played()).toEqual(['rollback']);
  });
});

describe('a timeout', () => {
  const timed = (onTimeout?: ManualRule['onTimeout'], action: 'wait' | 'approve' = 'approve') =>
    [
      { job: 'us', action, timeoutSeconds: 600, ...(onTimeout === undefined ? {} : { onTimeout }) },
      { job: 'eu', action: 'play' },
    ] as const;

  /** Of both jobs only `us` is left to wait for. */
  async function beginTimed(...args: Parameters<typeof timed>) {
    const world = await begin(timed(...args));
    await world.block();
    world.gitlab.apply('success', ['eu']);
    await world.hook();
    return world;
  }

  test.each<[ManualRule['onTimeout'], 'wait' | 'approve', string | null, readonly string[]]>([
    [undefined, 'approve', 'manual', ['eu']],
    ['fail', 'wait', 'manual', ['eu']],
    ['pass', 'approve', 'manual_passed', ['eu']],
    ['pass', 'wait', 'manual_passed', ['eu']],
    ['play', 'approve', null, ['eu', 'us']],
    ['play', 'wait', null, ['eu', 'us']],
    ['cancel', 'approve', 'canceled', ['eu']],
  ])('%s of %s: %s', async (onTimeout, action, outcome, jobs) => {
    const { pass, hook, outcomeOf, id, played } = await beginTimed(onTimeout, action);
    await pass(599_000);
    expect([await outcomeOf(id), played()]).toEqual([null, ['eu']]);
    await pass(1_000);
    await hook();
    expect([await outcomeOf(id), played()]).toEqual([outcome, jobs]);
  });

  test('says in the reason that nobody came', async () => {
    const { pass, find, id } = await beginTimed();
    await pass(600_000);
    expect(reasonOf(await find(id))).toBe('waiting for manual jobs: us; us was not approved in time');
  });

  test('runs from when the job was first seen waiting, across a restart and other webhooks', async () => {
    const world = await beginTimed('play');
    await world.pass(400_000);
    await world.hook();
    world.kill();
    const again = startEngine(world);
    await again.engine.sweep.resume();
    await again.clock.advance(199_000);
    await again.engine.sweep.round();
    await settled();
    expect(world.played()).toEqual(['eu']);
    await again.clock.advance(1_000);
    await again.engine.sweep.round();
    await settled();
    expect(world.played()).toEqual(['eu', 'us']);
  });

  test('that passed while the service was down counts at its start', async () => {
    const world = await beginTimed('play');
    world.kill();
    await world.clock.advance(1_800_000);
    const again = startEngine(world);
    await again.engine.sweep.round();
    await settled();
    expect(world.played()).toEqual(['eu', 'us']);
  });

  test('does not count for a job that a person has played in the meantime', async () => {
    const { gitlab, pass, outcomeOf, id } = await beginTimed('fail');
    gitlab.apply('play', ['us']);
    await pass(600_000);
    expect(await outcomeOf(id)).toBeNull();
  });

  test('does not count for an approved job', async () => {
    const { approve, pass, outcomeOf, id } = await beginTimed('fail');
    await approve();
    await pass(600_000);
    expect(await outcomeOf(id)).toBeNull();
  });

  test('ends the chance to approve', async () => {
    const { approve, pass } = await begin([
      { job: 'us', action: 'approve', timeoutSeconds: 60 },
      { job: 'eu', action: 'approve' },
    ]).then(async (world) => {
      await world.block();
      return world;
    });
    await pass(60_000);
    expect(await codeOf(approve('us'))).toBe('no_approval');
  });

  test('of one of several: what waits is waited for, then fail comes before pass', async () => {
    const { block, pass, outcomeOf, id } = await begin([
      { job: 'us', action: 'approve', timeoutSeconds: 60, onTimeout: 'pass' },
      { job: 'eu', action: 'wait', timeoutSeconds: 120 },
    ]);
    await block();
    await pass(60_000);
    expect(await outcomeOf(id)).toBeNull();
    await pass(60_000);
    expect(await outcomeOf(id)).toBe('manual');
  });

  test('of several at different times has each played at its time', async () => {
    const { block, pass, played } = await begin([
      { job: 'us', action: 'approve', timeoutSeconds: 120, onTimeout: 'play' },
      { job: 'eu', action: 'wait', timeoutSeconds: 60, onTimeout: 'play' },
    ]);
    await block();
    await pass(60_000);
    expect(played()).toEqual(['eu']);
    await pass(60_000);
    expect(played()).toEqual(['eu', 'us']);
  });
});
