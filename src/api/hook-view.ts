import { z } from 'zod';
import type { DoctorReport } from '../app/project-hooks/doctor.ts';
import type { InstallReport } from '../app/project-hooks/hook-operations.ts';
import type { HookHealth } from '../app/project-hooks/hook-watch.ts';
import type { HookReport } from '../app/project-hooks/inspect-hooks.ts';
import type { Resent } from '../app/project-hooks/missed-deliveries.ts';
import { shown } from '../domain/project-hooks/examine.ts';
import type { HookFinding, HookFindingCode } from '../domain/project-hooks/finding.ts';
import { hookFindings } from '../domain/project-hooks/finding.ts';
import type { ProjectHook } from '../domain/project-hooks/project-hook.ts';
import { timeSchema } from './trigger-view.ts';
import { isoOf } from './time.ts';

const codes = Object.keys(hookFindings) as [HookFindingCode, ...HookFindingCode[]];

const hookSchema = z
  .object({
    id: z.int(),
    url: z.string().meta({ description: 'Without user and query, which may be secret.' }),
    pipelineEvents: z.boolean(),
    jobEvents: z.boolean(),
    pushEvents: z.boolean(),
    verifiesTls: z.boolean(),
    customTemplate: z.boolean(),
    hasSecret: z.boolean().nullable().meta({ description: 'Null: GitLab before 19 does not show it.' }),
    isSigned: z.boolean().nullable().meta({ description: 'Null: GitLab before 19 does not sign.' }),
    status: z.enum(['executable', 'temporarily_disabled', 'disabled']),
    disabledUntil: timeSchema.nullable(),
  })
  .meta({ id: 'ProjectHook' });

const findingSchema = z
  .object({
    code: z.enum(codes),
    severity: z
      .enum(['error', 'warning', 'note'])
      .meta({ description: '`error`: no webhook reports on the project.' }),
    hookId: z.int().nullable().meta({ description: 'Null: the project as a whole.' }),
    text: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'HookFinding' });

const report = {
  project: z.string(),
  hook: hookSchema.nullable().meta({ description: 'The hook that reports on the project.' }),
  isOfGroup: z.boolean().meta({ description: 'It is the hook of a group.' }),
  hooks: z.array(hookSchema).meta({ description: 'All of the project, other services’ as well.' }),
  findings: z.array(findingSchema),
};

const testSchema = z.object({
  outcome: z.enum(['passed', 'failed', 'not_tested']),
  words: z.string().nullable().meta({ description: 'Those of GitLab, or of the receiver.' }),
});

export const reportSchema = z.object(report).meta({ id: 'HookReport' });

export const installReportSchema = z
  .object({
    ...report,
    result: z.enum(['created', 'repaired', 'unchanged']),
    test: testSchema,
    note: z.string().nullable(),
  })
  .meta({ id: 'HookInstallReport' });

export const doctorReportSchema = z
  .object({
    ...report,
    repaired: z.array(findingSchema).meta({ description: 'What was wrong before.' }),
    test: testSchema.nullable(),
    note: z.string().nullable(),
    resent: z
      .object({
        arrived: z.int(),
        refused: z.array(z.string()),
        retryAfterSeconds: z.int().nullable().meta({ description: 'When to ask again for the rest.' }),
      })
      .nullable(),
  })
  .meta({ id: 'HookDoctorReport' });

export const removedHooksSchema = z
  .object({ project: z.string(), removed: z.array(z.int()) })
  .meta({ id: 'RemovedHooks' });

export const healthSchema = z
  .object({
    project: z.string(),
    state: z.enum(['healthy', 'unhealthy', 'unknown']),
    since: timeSchema,
    findings: z.array(findingSchema),
    triggers: z.int().meta({ description: 'How many pending triggers wait for it.' }),
  })
  .meta({ id: 'HookHealth' });

export type HookView = z.infer<typeof hookSchema>;
export type HookFindingView = z.infer<typeof findingSchema>;
export type HookReportView = z.infer<typeof reportSchema>;
export type HookInstallView = z.infer<typeof installReportSchema>;
export type HookRemovedView = z.infer<typeof removedHooksSchema>;
export type HookDoctorView = z.infer<typeof doctorReportSchema>;

/** A hook as callers see it: its address without the parts that may be secret. */
const hookView = ({ url, projectId: _, hasTemplate, disabledUntil, ...hook }: ProjectHook): HookView => ({
  ...hook,
  url: shown(url),
  customTemplate: hasTemplate,
  disabledUntil: disabledUntil === null ? null : isoOf(disabledUntil),
});

const copies = (findings: readonly HookFinding[]) => findings.map((finding) => ({ ...finding }));

/** The hooks of a project, which of them notifies this service, and the problems found. */
export const reportView = ({ project, hooks, hook, isOfGroup, findings }: HookReport): HookReportView => ({
  project,
  hook: hook === null ? null : hookView(hook),
  isOfGroup,
  hooks: hooks.map(hookView),
  findings: copies(findings),
});

export const installView = ({ result, test, note, ...report }: InstallReport): HookInstallView => ({
  ...reportView(report),
  result,
  test,
  note,
});

const resentView = ({ arrived, refused, retryAfterMs }: Resent) => ({
  arrived,
  refused: [...refused],
  retryAfterSeconds: retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000),
});

export const doctorView = ({ repaired, ensured, resent, ...report }: DoctorReport): HookDoctorView => ({
  ...reportView(report),
  repaired: copies(repaired),
  test: ensured?.test ?? null,
  note: ensured?.note ?? null,
  resent: resent === null ? null : resentView(resent),
});

export const healthView = ({ since, findings, ...health }: HookHealth): z.infer<typeof healthSchema> => ({
  ...health,
  since: isoOf(since),
  findings: copies(findings),
});
