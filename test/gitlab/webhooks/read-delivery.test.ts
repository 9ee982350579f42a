import { describe, expect, test } from 'vitest';
import { readDelivery } from '../../../src/gitlab/webhooks/read-delivery.ts';
import { headersOf } from '../../support/header.ts';
import { readFixture } from '../../support/hook-fixtures.ts';

const receivedAt = Date.UTC(2026, 0, 1);
const body = readFixture('gitlab_docs_19_pipeline_hook');

const read = (content: string | Buffer = body, headers: Readonly<Record<string, string>> = {}) =>
  readDelivery(
    headersOf({ 'x-gitlab-event': 'Pipeline Hook', ...headers }),
    Buffer.from(content),
    receivedAt,
  );

test('reads a request into a delivery', () => {
  const headers = { 'x-gitlab-instance': 'https://gitlab.example.com/', 'user-agent': 'GitLab/19.1.0-ee' };
  expect(read(body, headers)).toMatchObject({
    id: expect.stringMatching(/^dlv_[0-9a-f]{32}$/) as string,
    receivedAt,
    event: 'Pipeline Hook',
    instance: 'https://gitlab.example.com',
    userAgent: 'GitLab/19.1.0-ee',
    payload: { kind: 'pipeline', pipeline: { id: 31, status: 'success' } },
  });
});

test('does without headers that old versions do not send', () => {
  expect(readDelivery(headersOf({}), Buffer.from(body), receivedAt)).toMatchObject({
    event: '',
    instance: null,
    userAgent: null,
    payload: { kind: 'pipeline' },
  });
});

describe('the id of a delivery', () => {
  const other = readFixture('gitlab_docs_17_pipeline_hook');

  test('is the same for every repetition, whatever names it', () => {
    const byId = read(body, { 'webhook-id': 'abc' }).id;
    expect(read(other, { 'webhook-id': 'abc' }).id).toBe(byId);
    expect(read(body, { 'idempotency-key': 'abc' }).id).toBe(byId);
    expect(read(body, { 'webhook-id': 'abc', 'idempotency-key': 'def' }).id).toBe(byId);
  });

  test('differs between keys, and between bodies without one', () => {
    const ids = [
      read(),
      read(other),
      read(body, { 'webhook-id': 'a' }),
      read(body, { 'idempotency-key': 'b' }),
    ];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(ids.length);
  });

  test('comes from the body where there is no key', () => {
    expect(read(body, { 'webhook-id': '' }).id).toBe(read().id);
  });

  test('does not come from what GitLab shares between deliveries, or makes anew for each attempt', () => {
    const uuids = { 'x-gitlab-event-uuid': '1', 'x-gitlab-webhook-uuid': '2' };
    expect(read(body, uuids).id).toBe(read().id);
    expect(read(other, uuids).id).not.toBe(read(body, uuids).id);
  });

  test('of a body cannot be that of a key', () => {
    expect(read('"abc"').id).not.toBe(read('{}', { 'webhook-id': '"abc"' }).id);
  });
});

describe('what is kept of the body', () => {
  test('has no values of variables', () => {
    const kept = read().body ?? '';
    expect(kept).toContain('NESTOR_PROD_ENVIRONMENT');
    expect(kept).not.toContain('us-west-1');
  });

  test('is also what could not be read, for a person to look at', () => {
    const kept = read('{"object_kind":"pipeline","variables":[{"key":"K","value":"hunter2"}]}');
    expect(kept.payload.kind).toBe('unreadable');
    expect(kept.body).toBe('{"object_kind":"pipeline","variables":[{"key":"K","value":"[redacted]"}]}');
  });

  test('is nothing of a hook that we do not use', () => {
    expect(read('{"object_kind":"push","commits":["secret"]}')).toMatchObject({
      payload: { kind: 'ignored' },
      body: null,
    });
  });

  test('is nothing of what is nested too deeply', () => {
    const deep = `{"object_kind":"pipeline","object_attributes":{"id":1,"status":"success"},"x":${'['.repeat(90_000)}${']'.repeat(90_000)}}`;
    expect(read(deep)).toMatchObject({ payload: { kind: 'pipeline', pipeline: { id: 1 } }, body: null });
  });
});

describe('a body that is too complex to be parsed', () => {
  const nested = (open: string, close: string, levels: number): string =>
    `{"object_kind":"pipeline","object_attributes":{"id":5},"x":${open.repeat(levels)}1${close.repeat(levels)}}`;
  const members = Array.from({ length: 300_000 }, (_, index) => `"k${index}":1`).join(',');

  test.each([
    ['deep lists', nested('[', ']', 2_000_000)],
    ['deep objects', nested('{"a":', '}', 800_000)],
    ['very many items', `{"object_kind":"pipeline","builds":[1${',1'.repeat(1_500_000)}]}`],
    ['very many members', `{"object_kind":"pipeline",${members}}`],
  ])('is kept as unreadable, without its content: %s', (_what, content) => {
    const { payload, body: kept } = read(content);
    expect(payload).toMatchObject({ kind: 'unreadable', pipelineId: null, projects: [] });
    expect(kept).toBeNull();
  });

  test('is none of a pipeline of thousands of jobs', () => {
    const builds = Array.from({ length: 20_000 }, (_, index) => ({
      ...{ id: index + 1, stage: 'test', name: `job ${index}`, status: 'created', allow_failure: false },
    }));
    const attributes = { id: 31, status: 'running', ref: 'main' };
    const content = { object_kind: 'pipeline', object_attributes: attributes, project: { id: 1 }, builds };
    const { payload } = read(JSON.stringify(content));
    if (payload.kind !== 'pipeline') throw new Error('not read');
    expect(payload.pipeline.jobs).toHaveLength(20_000);
  });

  test('counts only where it is not text', () => {
    expect(read(JSON.stringify({ object_kind: 'push', message: '[,{'.repeat(300_000) })).payload.kind).toBe(
      'ignored',
    );
  });
});

test('a list of jobs that no pipeline has counts as none', () => {
  const content = {
    object_kind: 'pipeline',
    object_attributes: { id: 31, status: 'running' },
    project: { id: 1 },
    builds: Array.from({ length: 30_000 }, () => 1),
  };
  expect(read(JSON.stringify(content)).payload).toMatchObject({ kind: 'pipeline', pipeline: { jobs: null } });
});

describe('a body', () => {
  test.each([['[]'], ['"text"'], ['7'], ['null'], ['true'], ['[{"object_kind":"pipeline"}]']])(
    'that is JSON but no object is a delivery: %s',
    (content) => {
      expect(read(content).payload.kind).toBe('unreadable');
    },
  );

  test.each([[''], ['{'], ['{"a":1}x'], ['NaN'], ["{'a':1}"], ['<html>'], [body.slice(0, -20)]])(
    'that is not JSON is refused: %j',
    (content) => {
      expect(() => read(content)).toThrow(
        expect.objectContaining({ code: 'invalid', message: 'the body is not JSON' }),
      );
    },
  );

  test('that is not UTF-8 is refused', () => {
    const broken = Buffer.concat([
      Buffer.from('{"object_kind":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    expect(() => read(broken)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('may begin with a byte order mark', () => {
    expect(read(`\uFEFF${body}`).payload.kind).toBe('pipeline');
  });
});
