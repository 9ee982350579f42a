import type { Actor } from '../../domain/access/caller.ts';
import type { HookFinding } from '../../domain/project-hooks/finding.ts';
import { repairFor } from '../../domain/project-hooks/finding.ts';
import type { DesiredHook } from '../../domain/project-hooks/project-hook.ts';
import type { Audit } from '../access/audit.ts';
import type { EnsureHook, EnsureResult } from './ensure-hook.ts';
import type { HookReport, HookInspection, InspectHooks } from './inspect-hooks.ts';
import type { GitLabHooks } from '../ports/project-hooks.ts';
import type { MissedDeliveries, Resent } from './missed-deliveries.ts';
import { missedBy, missedFindings } from './missed-deliveries.ts';
import type { HookOptions } from './desired-hook.ts';

export interface DoctorOptions extends Pick<HookOptions, 'url' | 'from'> {
  readonly fix: boolean;
  /** Also sends deliveries again that no trigger waits for. */
  readonly everything: boolean;
}

export interface DoctorReport extends HookReport {
  /** The problems that were fixed. */
  readonly repaired: readonly HookFinding[];
  readonly ensured: EnsureResult | null;
  readonly resent: Resent | null;
}

/** Finds problems with the hooks of a project, and fixes them on request. */
export type Doctor = (
  actor: Actor,
  project: string,
  desired: DesiredHook,
  options: Pick<DoctorOptions, 'fix' | 'everything'>,
) => Promise<DoctorReport>;

interface Deps {
  readonly look: InspectHooks;
  readonly ensure: EnsureHook;
  readonly missedDeliveries: MissedDeliveries;
  readonly gitlab: () => Pick<GitLabHooks, 'removeHook'>;
  readonly audit: Audit;
}

export function createDoctor({ look, ensure, missedDeliveries, gitlab, audit }: Deps): Doctor {
  async function removeSurplus(actor: Actor, project: string, { findings }: HookInspection): Promise<void> {
    for (const finding of findings) {
      if (repairFor(finding) !== 'remove' || finding.hookId === null) continue;
      await audit.note(actor, 'hook.remove', project, { hook: finding.hookId, because: finding.code });
      await gitlab().removeHook(project, finding.hookId);
    }
  }

  return async function examineProject(actor, project, desired, { fix, everything }) {
    const before = await look(project, desired, { alwaysGroups: true });
    const missed = await missedBy(missedDeliveries, project, before);
    const found = [...before.findings, ...missedFindings(before.hook, missed)];
    const asFound = { project, ...before, findings: found, repaired: [], ensured: null, resent: null };
    if (!fix || found.every((finding) => repairFor(finding) === 'none')) return asFound;
    const ensured = await ensure(actor, project, desired, before);
    await removeSurplus(actor, project, before);
    const after = await look(project, desired, { alwaysGroups: true });
    const { hook, isOfGroup } = after;
    // A delivery that the receiver refuses now it would refuse again.
    const mayResend = hook !== null && !isOfGroup && ensured.test.outcome !== 'failed';
    const resent = mayResend
      ? await missedDeliveries.resend(actor, project, hook.id, missed, everything)
      : null;
    const findings = [
      ...after.findings,
      ...missedFindings(hook, await missedBy(missedDeliveries, project, after)),
    ];
    const repaired = found.filter((one) => !findings.some((other) => isSameFinding(one, other)));
    return { project, ...after, findings, repaired, ensured, resent };
  };
}

const isSameFinding = (one: HookFinding, other: HookFinding): boolean =>
  one.code === other.code && one.hookId === other.hookId;
