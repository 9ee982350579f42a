import type { Table } from '../table.ts';
import type {
  HookDoctorView,
  HookFindingView,
  HookView,
  HookInstallView,
  HookRemovedView,
  HookReportView,
} from '../../../api/hook-view.ts';
import type { HookCommandResult } from './each-project.ts';

const none = '-';

/** The rows of a project, or the one that says why there are none. */
const rowsOf = <Answer>(
  done: readonly HookCommandResult<Answer>[],
  columns: Table['columns'],
  rows: (answer: Answer, project: string) => readonly (readonly string[])[],
): Table => ({
  columns,
  rows: done.flatMap((each) => {
    if (!('failure' in each)) return rows(each.answer, each.project);
    const blanks = columns.slice(3).map(() => none);
    return [[each.project, 'failed', ...blanks, each.failure.message]];
  }),
});

const hookIdOf = (hook: HookView | null): string => (hook === null ? none : String(hook.id));

export const installTable = (done: readonly HookCommandResult<HookInstallView>[]): Table =>
  rowsOf(
    done,
    [
      { title: 'PROJECT', shrinks: true },
      { title: 'RESULT' },
      { title: 'HOOK' },
      { title: 'TEST' },
      { title: 'NOTE', shrinks: true },
    ],
    ({ result, hook, test, note, findings }, project) => {
      const texts = findings.map(({ text }) => text);
      const notes = [test.words, note, ...texts].filter((text) => text !== null);
      return [[project, result, hookIdOf(hook), test.outcome.replace('_', ' '), notes.join('; ') || none]];
    },
  );

const eventsOf = ({ pipelineEvents, jobEvents, pushEvents }: HookView): string =>
  [pipelineEvents && 'pipeline', jobEvents && 'job', pushEvents && 'push'].filter(Boolean).join(' ') || none;

function secretOf({ hasSecret, isSigned }: HookView): string {
  if (hasSecret === null && isSigned === null) return 'not shown';
  return [hasSecret === true && 'token', isSigned === true && 'signs'].filter(Boolean).join(' ') || none;
}

const statusOf = ({ status, disabledUntil }: HookView): string => {
  const until = disabledUntil === null ? '' : ` until ${disabledUntil.slice(0, 16).replace('T', ' ')}`;
  return `${status.replaceAll('_', ' ')}${until}`;
};

export const hooksTable = (done: readonly HookCommandResult<HookReportView>[]): Table =>
  rowsOf(
    done,
    [
      { title: 'PROJECT', shrinks: true },
      { title: 'HOOK' },
      { title: 'OURS' },
      { title: 'EVENTS' },
      { title: 'SECRET' },
      { title: 'TLS' },
      { title: 'STATUS' },
      { title: 'URL', shrinks: true },
    ],
    ({ hooks, hook, isOfGroup }, project) => {
      const shown = isOfGroup && hook !== null ? [...hooks, hook] : hooks;
      if (shown.length === 0) return [[project, none, none, none, none, none, none, 'no hooks']];
      return shown.map((each) => [
        project,
        String(each.id),
        each.id === hook?.id ? (isOfGroup ? 'of group' : 'yes') : 'no',
        eventsOf(each),
        secretOf(each),
        each.verifiesTls ? 'verified' : 'not verified',
        statusOf(each),
        each.url,
      ]);
    },
  );

export const doctorTable = (done: readonly HookCommandResult<HookDoctorView>[]): Table =>
  rowsOf(
    done,
    [
      { title: 'PROJECT', shrinks: true },
      { title: 'STATE' },
      { title: 'HOOK' },
      { title: 'FINDING' },
      { title: 'REMEDY', shrinks: true },
      { title: 'WHAT', shrinks: true },
    ],
    ({ findings, repaired, resent, test, hook }, project) => {
      const row = (
        state: string,
        { code, hookId, text }: HookFindingView,
        remedy: string,
      ): readonly string[] => [project, state, hookId === null ? none : String(hookId), code, remedy, text];
      const sent = resent === null || resent.arrived + resent.refused.length === 0 ? [] : [resent];
      const rows = [
        ...repaired.map((finding) => row('repaired', finding, none)),
        ...findings.map((finding) => row(finding.severity, finding, finding.remedy)),
        ...sent.map(({ arrived, refused }) => [
          project,
          refused.length === 0 ? 'sent' : 'partly sent',
          hookIdOf(hook),
          'resent',
          none,
          [`${arrived} deliveries arrived`, ...new Set(refused)].join('; '),
        ]),
        ...(test?.outcome === 'failed'
          ? [[project, 'error', hookIdOf(hook), 'test_failed', none, test.words ?? none]]
          : []),
      ];
      return rows.length === 0 ? [[project, 'ok', hookIdOf(hook), none, none, none]] : rows;
    },
  );

export const removeTable = (done: readonly HookCommandResult<HookRemovedView>[]): Table =>
  rowsOf(
    done,
    [{ title: 'PROJECT', shrinks: true }, { title: 'RESULT' }, { title: 'HOOKS', shrinks: true }],
    ({ removed }, project) => [[project, 'removed', removed.join(' ')]],
  );
