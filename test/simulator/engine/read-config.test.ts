import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../simulator/engine/read-config.ts';
import type { PipelineConfig } from '../../../simulator/engine/read-config.ts';

function config(source: unknown, variables: Record<string, string> = {}): PipelineConfig {
  const list = Object.entries(variables).map(([key, value]) => ({ key, value, type: 'env_var' as const }));
  const reading = readConfig(source, list);
  if (reading.kind !== 'config') throw new Error(JSON.stringify(reading));
  return reading.config;
}

const job = { script: 'true' };

describe('a configuration', () => {
  test('keeps only the stages that have jobs, in order', () => {
    const { stages } = config({ last: { ...job, stage: '.post' }, first: { ...job, stage: 'build' } });
    expect(stages).toEqual(['build', '.post']);
  });

  test('leaves out templates and what rules exclude', () => {
    const { jobs } = config(
      { '.base': {}, a: { ...job, rules: [{ if: '$GO == "x"' }] }, b: job },
      { GO: 'y' },
    );
    expect(jobs.map(({ name }) => name)).toEqual(['b']);
  });

  test('makes a manual job optional, but not under rules', () => {
    const { jobs } = config({
      plain: { ...job, when: 'manual' },
      ruled: { ...job, rules: [{ when: 'manual' }] },
      both: { ...job, rules: [{ when: 'manual', allow_failure: true }] },
    });
    expect(jobs.map(({ allowFailure }) => allowFailure)).toEqual([true, false, true]);
  });

  test('reads delays', () => {
    const { jobs } = config({ a: { ...job, when: 'delayed', start_in: '1 hour 30 minutes' } });
    expect(jobs[0]?.startInMs).toBe(5_400_000);
  });

  test('lets its own variables give way to those of the pipeline', () => {
    const source = { variables: { ENV: 'dev' }, a: { ...job, rules: [{ if: '$ENV == "prod"' }] } };
    expect(config(source, { ENV: 'prod' }).jobs).toHaveLength(1);
    expect(readConfig(source, []).kind).toBe('filtered');
  });

  test('is also read as text, anchors included', () => {
    const { jobs } = config('.t: &t\n  script: exit 1\na:\n  <<: *t\n  stage: build\n');
    expect(jobs[0]).toMatchObject({ name: 'a', stage: 'build', exitsNonZero: true });
  });
});

test.each([
  ['a: b: c', /^\(<unknown>\): .+ at line 1 column \d+$/],
  ['just text', /^Invalid configuration format$/],
  ['stages: [build]', /^jobs config should contain at least one visible job$/],
  ['a: {stage: build}', /^jobs:a config should implement the script:, run:, or trigger: keyword$/],
  [
    'a: {stage: x, script: y}',
    /^a job: chosen stage x does not exist; available stages are \.pre, build, test/,
  ],
  ['a: {script: y, needs: [b]}', /^a job: undefined need: b$/],
  [
    'a: {script: y, needs: [b]}\nb: {script: y, stage: deploy}',
    /^a job: need b is not defined in current or prior/,
  ],
  ['a: {script: y, needs: [b]}\nb: {script: y, needs: [a]}', /^The pipeline has circular dependencies/],
  [
    'a: {script: y, rules: [{if: $A ==}]}',
    /^jobs:a:rules:0:if config is invalid: invalid expression syntax$/,
  ],
  ['a: {script: y, when: sometimes}', /^jobs:a:when config is invalid/],
  [
    'a: {script: y, needs: [b]}\nb: {script: y, rules: [{if: $NO}]}',
    /^'a' job needs 'b' job, but 'b' does not exist/,
  ],
])('%j is refused', (source, error) => {
  const reading = readConfig(source, []);
  expect(reading).toMatchObject({ kind: 'invalid', errors: [expect.stringMatching(error)] });
});

test('workflow rules can keep a pipeline from being made', () => {
  const workflow = { rules: [{ if: '$RUN == "yes"' }] };
  expect(readConfig({ workflow, a: job }, [])).toEqual({
    kind: 'filtered',
    error: 'Pipeline filtered out by workflow rules.',
  });
});
