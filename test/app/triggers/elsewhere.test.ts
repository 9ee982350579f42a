import { expect, test } from 'vitest';
import { createAudit } from '../../../src/app/access/audit.ts';
import { createApprovals } from '../../../src/app/triggers/decide-approval.ts';
import type { Caller } from '../../../src/domain/access/caller.ts';
import { approvalsOf } from '../../../src/domain/trigger/held-jobs.ts';
import { createMemoryStore } from '../../../src/store/memory/store.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import { settled } from '../../fakes/fake-clock.ts';
import { createOutside, quietMs, startEngine } from '../start-engine.ts';

const script = 'make';
const elsewhere = 21;
const projects: ScenarioInput['projects'] = [
  {
    id: 20,
    path: 'group/family',
    ci: {
      stages: ['build', 'children'],
      build: { stage: 'build', script },
      other: { stage: 'children', trigger: { project: 'group/elsewhere', strategy: 'depend' } },
    },
  },
  {
    id: elsewhere,
    path: 'group/elsewhere',
    ci: { job: { script }, gate: { script, when: 'manual', allow_failure: false } },
  },
];

/** A pipeline that has started one in another project, whose `gate` waits for a person. */
async function begin(action: 'wait' | 'approve') {
  const service = startEngine(createOutside(projects));
  const { gitlab, clock, hook, find } = service;
  const id = await service.start({ project: 'group/family', manual: [{ job: 'gate', child: true, action }] });
  const stopping = new AbortController();
  void service.engine.sweep.run(stopping.signal);
  const tell = async (): Promise<void> => {
    for (const pipeline of gitlab.pipelines()) await hook(pipeline.id);
    await clock.advance(500);
    await settled();
  };
  await tell();
  gitlab.apply('success', ['build'], gitlab.pipelines()[0]?.id ?? 0);
  await tell();
  gitlab.apply('success', ['job'], gitlab.pipelines()[1]?.id ?? 0);
  await tell();
  await clock.advance(2 * quietMs);
  await settled();
  stopping.abort();
  return { ...service, id, trigger: await find(id) };
}

const personIn = (project: number | null): Caller => ({
  id: '@dev',
  role: 'person',
  projects: [],
  person: {
    userId: 3,
    username: 'dev',
    levelIn: () => 40,
    learn: () => Promise.resolve(0),
    isIn: (projectId) => Promise.resolve(projectId === project),
  },
});

test('a job in another project is played for who has the role there, and for nobody else', async () => {
  const { engine, id, count } = await begin('wait');
  const play = (mayPlay: boolean) =>
    engine.steer.play(id, ['gate'], {
      by: '@dev',
      approvalRefusal: null,
      mayPlayIn: (projectId) => Promise.resolve(mayPlay && projectId === elsewhere),
    });
  await expect(play(false)).rejects.toMatchObject({ code: 'forbidden' });
  await settled();
  expect(count('playJob')).toBe(0);
  await play(true);
  await settled();
  expect(count('playJob')).toBe(1);
});

test('a job in another project is approved by who has the role there, and by nobody else', async () => {
  const { engine, trigger, clock } = await begin('approve');
  expect(approvalsOf(trigger)).toMatchObject([{ name: 'gate' }]);
  const { audit: store } = createMemoryStore();
  const audit = createAudit({ store, clock, log: { info: () => undefined } });
  const approvals = createApprovals({ steer: engine.steer, audit, fourEyes: true });
  const decide = (caller: Caller) =>
    approvals.decide({ caller, actor: { id: caller.id, from: 'test' } }, trigger, {
      decision: 'approve',
      job: 'gate',
      comment: null,
    });
  await expect(decide(personIn(null))).rejects.toMatchObject({ code: 'forbidden' });
  const after = await decide(personIn(elsewhere));
  expect(approvalsOf(after)).toEqual([]);
});
