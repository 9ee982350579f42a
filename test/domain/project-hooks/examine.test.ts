import { describe, expect, test } from 'vitest';
import { examine, shown } from '../../../src/domain/project-hooks/examine.ts';
import type { DesiredHook, ProjectHook } from '../../../src/domain/project-hooks/project-hook.ts';
import { aHook, aRequest } from '../../fakes/hooks.ts';

const codesOf = (
  hooks: readonly ProjectHook[],
  { ofGroups = [], ...desired }: Partial<DesiredHook> & { readonly ofGroups?: readonly ProjectHook[] } = {},
): readonly (string | number | null)[][] =>
  examine(hooks, ofGroups, aRequest(desired)).findings.map(({ code, hookId }) => [code, hookId]);

test('a hook as it should be', () => {
  expect(codesOf([aHook()])).toEqual([]);
  expect(codesOf([aHook({ hasSecret: null, isSigned: null })])).toEqual([]);
});

test.each([
  ['missing_pipeline_events', { pipelineEvents: false }],
  ['missing_job_events', { jobEvents: false }],
  ['needless_events', { pushEvents: true }],
  ['custom_template', { hasTemplate: true }],
  ['no_secret', { hasSecret: false }],
  ['tls_not_verified', { verifiesTls: false }],
  ['disabled', { status: 'disabled' }],
  ['temporarily_disabled', { status: 'temporarily_disabled', disabledUntil: Date.UTC(2026, 0, 1) }],
] as const)('%s', (code, given) => {
  expect(codesOf([aHook(given)])).toEqual([[code, 11]]);
});

test('a paused hook is reported with the end of its pause', () => {
  const paused = aHook({ status: 'temporarily_disabled', disabledUntil: Date.UTC(2026, 0, 1, 12) });
  expect(examine([paused], [], aRequest()).findings[0]?.text).toContain('until 2026-01-01T12:00:00Z');
});

test('without TLS there is nothing to verify', () => {
  const url = 'http://ci.example.com/webhooks/gitlab';
  expect(codesOf([aHook({ url, verifiesTls: false })], { url })).toEqual([]);
});

describe('what the service knows a hook by', () => {
  const signs = { takesSecret: false, takesSignature: true };
  const both = { takesSecret: true, takesSignature: true };
  test.each([
    [{ hasSecret: false, isSigned: true }, signs, []],
    [{ hasSecret: true, isSigned: false }, signs, [['no_secret', 11]]],
    [{ hasSecret: null, isSigned: null }, signs, [['no_secret', 11]]],
    [{ hasSecret: true, isSigned: false }, both, [['not_signed', 11]]],
    [{ hasSecret: null, isSigned: null }, both, []],
    [{ hasSecret: false, isSigned: false }, both, [['no_secret', 11]]],
    [{ hasSecret: false, isSigned: false }, { takesSecret: false }, []],
  ])('%j for %j', (hook, desired, codes) => {
    expect(codesOf([aHook(hook)], desired)).toEqual(codes);
  });
});

describe('addresses', () => {
  const other = aHook({ url: 'https://chat.example.com/hook' });
  const near = aHook({ id: 12, url: 'http://ci.example.com/webhooks/gitlab' });
  const foreign = aHook({ id: 13, url: 'https://old.example.com/webhooks/gitlab' });

  test('no hook of ours', () => {
    expect(codesOf([])).toEqual([['missing', null]]);
    expect(codesOf([other])).toEqual([['missing', null]]);
  });

  test('the wrong address of the service', () => {
    expect(codesOf([other, near])).toEqual([['wrong_url', 12]]);
    expect(codesOf([near, aHook()])).toEqual([['leftover_url', 12]]);
  });

  test('an address that may be that of another installation is left to a person', () => {
    expect(codesOf([foreign])).toEqual([
      ['missing', null],
      ['foreign_url', 13],
    ]);
    expect(codesOf([foreign, aHook()])).toEqual([['foreign_url', 13]]);
  });

  test('unless that person says that it was ours', () => {
    expect(codesOf([foreign], { movedFrom: foreign.url })).toEqual([['wrong_url', 13]]);
  });

  test('several hooks: the best one counts, of equals the oldest', () => {
    const [first, second, third] = [aHook({ id: 1, jobEvents: false }), aHook({ id: 2 }), aHook({ id: 3 })];
    expect(codesOf([first, third, second])).toEqual([
      ['duplicate', 1],
      ['duplicate', 3],
    ]);
    expect(examine([first, third, second], [], aRequest()).hook).toBe(second);
  });

  test('what a message shows of an address keeps its secrets', () => {
    expect(shown('https://user:word@ci.example.com/webhooks/gitlab?token=x')).toBe(
      'https://ci.example.com/webhooks/gitlab',
    );
  });
});

describe('the hook of a group', () => {
  test('does for all its projects', () => {
    const group = aHook({ id: 99 });
    const { hook, isOfGroup, findings } = examine([], [group], aRequest());
    expect({ hook, isOfGroup, findings }).toEqual({ hook: group, isOfGroup: true, findings: [] });
    expect(codesOf([aHook()], { ofGroups: [group] })).toEqual([['duplicate', 11]]);
  });

  test('does not when it is out of order', () => {
    const ofGroups = [aHook({ id: 99, status: 'disabled' })];
    expect(codesOf([], { ofGroups })).toEqual([['missing', null]]);
    expect(codesOf([aHook()], { ofGroups })).toEqual([]);
  });
});
