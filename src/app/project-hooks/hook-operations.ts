import type { Actor } from '../../domain/access/caller.ts';
import { AppError } from '../../domain/error.ts';
import type { Resends } from '../../domain/project-hooks/choose-resends.ts';
import type { HookId, DesiredHook } from '../../domain/project-hooks/project-hook.ts';
import { compareReceiver } from '../../domain/project-hooks/receiver-url.ts';
import type { Audit } from '../access/audit.ts';
import type { DoctorOptions, DoctorReport } from './doctor.ts';
import type { CredentialLog } from './credential-log.ts';
import { createDoctor } from './doctor.ts';
import type { EnsureResult } from './ensure-hook.ts';
import { createEnsureHook } from './ensure-hook.ts';
import { createKeyedMutex } from '../concurrency.ts';
import type { HookReport, InspectHooks } from './inspect-hooks.ts';
import { createInspectHooks } from './inspect-hooks.ts';
import type { CallQuota } from '../concurrency.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { MissedDeliveries, Resent } from './missed-deliveries.ts';
import { missedBy, missedFindings } from './missed-deliveries.ts';
import { createTestHook } from './test-hook.ts';
import type { HookOptions, InstalledSecrets } from './desired-hook.ts';
import { desiredHook } from './desired-hook.ts';

export type InstallReport = HookReport & EnsureResult;

/** The hooks of a project, and the deliveries that GitLab could not make. */
export interface MissedReport extends HookReport {
  readonly missed: Resends;
}

/** Manages the hooks of GitLab's projects. All throw AppError; `gitlab_refused` also where there is no token. */
export interface HookOperations {
  /** The projects that a pattern names: a path, `group/*`, or `group/**` with those of subgroups. */
  readonly projectsMatching: (pattern: string) => Promise<readonly string[]>;
  readonly list: (project: string, options: Pick<HookOptions, 'url'>) => Promise<HookReport>;
  /** The same with the missed deliveries, which takes GitLab longer. */
  readonly listMissed: (project: string, options: Pick<HookOptions, 'url'>) => Promise<MissedReport>;
  /** Sends missed deliveries again, as far as GitLab's limit allows now. */
  readonly resend: (actor: Actor, project: string, options: Pick<HookOptions, 'url'>) => Promise<Resent>;
  readonly install: (actor: Actor, project: string, options: HookOptions) => Promise<InstallReport>;
  /** Safe to repeat: the next call sends the deliveries that GitLab's limit left unsent. */
  readonly doctor: (actor: Actor, project: string, options: DoctorOptions) => Promise<DoctorReport>;
  /** @throws AppError `not_found` when the project has no hook of the service */
  readonly remove: (
    actor: Actor,
    project: string,
    options: Pick<HookOptions, 'url'>,
  ) => Promise<readonly HookId[]>;
}

interface Deps {
  /** @throws AppError `gitlab_refused` when there is no token for GitLab */
  readonly gitlab: () => GitLabHooks;
  readonly publicUrl: string | null;
  readonly secrets: InstalledSecrets;
  readonly missedDeliveries: MissedDeliveries;
  readonly credentials: Pick<CredentialLog, 'lastOf' | 'forget'>;
  readonly quota: CallQuota;
  readonly audit: Audit;
}

export function createHookOperations(deps: Deps): HookOperations {
  const { gitlab, publicUrl, secrets, missedDeliveries, credentials, quota, audit } = deps;
  const inTurn = createKeyedMutex();
  const look: InspectHooks = createInspectHooks(gitlab, credentials);
  const ensure = createEnsureHook({
    gitlab,
    secrets,
    audit,
    credentials,
    testHook: createTestHook({ gitlab, quota }),
  });
  const desired = (options: Partial<HookOptions>): DesiredHook =>
    desiredHook(publicUrl, secrets, { url: null, from: null, verifiesTls: null, ...options });

  const doctor = createDoctor({ look, ensure, missedDeliveries, gitlab, audit });

  async function listMissed(project: string, options: Pick<HookOptions, 'url'>): Promise<MissedReport> {
    const seen = await look(project, desired(options));
    const missed = await missedBy(missedDeliveries, project, seen);
    const findings = [...seen.findings, ...missedFindings(seen.hook, missed)];
    return { project, ...seen, findings, missed };
  }

  return {
    async projectsMatching(pattern) {
      const [, group, stars] = /^(.+)\/(\*\*?)$/.exec(pattern) ?? [];
      if (group !== undefined) return gitlab().projectsOf(group, { subgroups: stars === '**' });
      if (!pattern.includes('*')) return [pattern];
      throw new AppError('invalid', 'expected the path of a project, group/* or group/**');
    },

    async list(project, options) {
      return { project, ...(await look(project, desired(options))) };
    },

    listMissed,

    resend: (actor, project, options) =>
      inTurn(project, async () => {
        const { hook, missed } = await listMissed(project, options);
        if (hook === null) throw new AppError('not_found', 'the project has no hook of this service');
        return missedDeliveries.resend(actor, project, hook.id, missed, true);
      }),

    install: (actor, project, options) =>
      inTurn(project, async () => {
        const wanted = desired(options);
        const before = await look(project, wanted);
        const ensured = await ensure(actor, project, wanted, before);
        const after = ensured.result === 'unchanged' ? before : await look(project, wanted);
        return { project, ...after, ...ensured };
      }),

    doctor: (actor, project, options) =>
      inTurn(project, () => doctor(actor, project, desired(options), options)),

    remove: (actor, project, options) =>
      inTurn(project, async () => {
        const { url } = desired(options);
        const hooks = await gitlab().hooksOf(project);
        const ours = hooks.filter((hook) => ['same', 'near'].includes(compareReceiver(hook.url, url)));
        if (ours.length === 0) throw new AppError('not_found', 'the project has no hook of this service');
        for (const { id } of ours) {
          await audit.note(actor, 'hook.remove', project, { hook: id });
          await gitlab().removeHook(project, id);
        }
        return ours.map(({ id }) => id);
      }),
  };
}
