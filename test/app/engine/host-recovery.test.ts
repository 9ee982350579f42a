import { expect, test } from 'vitest';
import type { GitLab } from '../../../src/app/ports/index.ts';
import { createHostRecovery, reportingAnswers } from '../../../src/app/engine/host-recovery.ts';
import { createFakeClock, settled } from '../../fakes/fake-clock.ts';
import { redirected, refusal, unreachable } from '../../fakes/failures.ts';

const url = 'https://gitlab.example.com';
const hour = 3_600_000;
const signal = new AbortController().signal;

function begin() {
  const clock = createFakeClock();
  const recovery = createHostRecovery(clock);
  const woken: string[] = [];
  const wait = (name: string, kind: 'wait' | 'waitIdly' = 'wait', of = url, until = signal): void =>
    void recovery[kind](of, hour, until).then((result) =>
      woken.push(result === true ? `${name} in time` : name),
    );
  return { clock, recovery, woken, wait };
}

test('an answer wakes all that waits for that GitLab, within a second', async () => {
  const { clock, recovery, woken, wait } = begin();
  for (let index = 0; index < 250; index += 1) wait('action');
  wait('poll', 'waitIdly');
  wait('elsewhere', 'wait', 'https://other.example.com');
  recovery.answered(url);
  await settled();
  expect(woken).toHaveLength(10);
  await clock.advance(1_000);
  expect(woken.filter((name) => name === 'action')).toHaveLength(250);
  expect(woken).toContain('poll in time');
  expect(woken).not.toContain('elsewhere');
});

test('without an answer the action that has waited longest tries every 3 s, a poll never', async () => {
  const { clock, woken, wait } = begin();
  for (const name of ['first', 'second']) wait(name);
  wait('poll', 'waitIdly');
  await clock.advance(3_000);
  expect(woken).toEqual(['first']);
  await clock.advance(3_000);
  expect(woken).toEqual(['first', 'second']);
  await clock.advance(hour);
  expect(woken).toEqual(['first', 'second', 'poll']);
});

test('nothing is kept, and no timer runs, once nothing waits', async () => {
  const { clock, recovery, wait } = begin();
  wait('action');
  recovery.answered(url);
  await clock.advance(3_000);
  expect(clock.sleeping()).toEqual([]);
  wait('action');
  await clock.advance(3_000);
  await clock.advance(3_000);
  expect(clock.sleeping()).toEqual([]);
});

test('a stop wakes all', async () => {
  const { clock, woken, wait } = begin();
  const stopping = new AbortController();
  wait('action', 'wait', url, stopping.signal);
  wait('poll', 'waitIdly', url, stopping.signal);
  stopping.abort();
  await settled();
  expect([woken.toSorted(), clock.sleeping()]).toEqual([['action', 'poll'], []]);
});

test('GitLab’s own answers are reported, its refusals too, and nothing else', async () => {
  const answers: string[] = [];
  const results = [
    () => 'sha',
    () => Promise.reject(refusal('403')),
    () => Promise.reject(unreachable()),
    () => Promise.reject(redirected()),
  ];
  const gitlab = { tipOf: () => Promise.resolve(results.shift()?.()), pauseMs: () => Promise.resolve(0) };
  const connect = reportingAnswers(() => gitlab as unknown as GitLab, { answered: (of) => answers.push(of) });
  const connected = connect({ url, apiToken: null, triggerToken: null });
  await connected.pauseMs();
  expect(answers).toEqual([]);
  for (let call = 0; call < 4; call += 1) await connected.tipOf('group/app', 'main').catch(() => null);
  expect(answers).toEqual([url, url]);
});
