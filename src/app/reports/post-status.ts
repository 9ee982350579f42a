import type { StatusReport } from '../../domain/trigger/report.ts';
import { describedStatus, dueReports, wantedStatus } from '../../domain/trigger/report.ts';
import { isSupersededBy } from '../../domain/trigger/upstream-reports.ts';
import type { Trigger, Upstream } from '../../domain/trigger/trigger.ts';
import { pipelineOf } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import type { Performer } from '../engine/perform.ts';
import type { Clock, GitLab, NewCommitStatus, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, isRefusal, requestLifeMs } from '../ports/gitlab-unavailable.ts';
import type { ReportAccess } from './report-access.ts';
import { inDoubtAfter, settleRefusal } from './settle-refusal.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'find' | 'findByUpstream'>;
  readonly reportAccess: ReportAccess;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
}

const statusOf = (trigger: Trigger): StatusReport | undefined =>
  dueReports(trigger).find((report) => report.kind === 'commitStatus');

/** GitLab shows it already: what was sent twice, or `pending` after `running`. Source: atlantis#2685 */
const isShownAlready = (error: unknown): boolean =>
  isRefusal(error) && /cannot transition status via/i.test(error.message);

/** Has the commit status of a trigger's upstream pipeline show how the trigger is. */
// eslint-disable-next-line max-lines-per-function -- the steps of one report, which share the use case's parts; each is short
export function createPostStatus({ store, reportAccess, applyEvent, clock }: Deps): Performer {
  const update = async (trigger: Trigger, report: StatusReport, change: Partial<StatusReport>) => {
    const next = { ...report, updatedAt: clock.now(), ...change };
    await applyEvent(trigger.id, { type: 'reportUpdated', at: clock.now(), report: next });
    return next;
  };

  async function withCommit(
    gitlab: GitLab,
    trigger: Trigger,
    report: StatusReport,
    { project, pipelineId }: Upstream,
  ): Promise<StatusReport & { readonly sha: string }> {
    if (report.sha !== null) return { ...report, sha: report.sha };
    const { sha } = await gitlab.showPipeline(project, pipelineId);
    return { ...(await update(trigger, report, { sha })), sha };
  }

  /** Whether GitLab shows what an earlier request of ours, whose answer was lost, has set. */
  async function isThere(gitlab: GitLab, project: string, posted: NewCommitStatus): Promise<boolean> {
    const [newest] = await gitlab.commitStatuses(project, posted);
    return newest?.state === posted.state && newest.targetUrl === posted.targetUrl;
  }

  async function post(
    gitlab: GitLab,
    trigger: Trigger,
    report: StatusReport,
    upstream: Upstream,
  ): Promise<void> {
    const known = await withCommit(gitlab, trigger, report, upstream);
    const status: NewCommitStatus = {
      sha: known.sha,
      pipelineId: upstream.pipelineId,
      name: known.target,
      state: wantedStatus(trigger),
      targetUrl: pipelineOf(trigger)?.webUrl ?? null,
      description: describedStatus(trigger),
    };
    const posted = {
      posted: status.state,
      posting: null,
      refusedSince: null,
      detail: `posted ${status.state}`,
    };
    if (known.posting?.status === status.state) {
      if (await isThere(gitlab, upstream.project, status)) {
        await update(trigger, known, posted);
        return;
      }
      const leftMs = known.posting.inDoubtUntil - clock.now();
      if (leftMs > 0)
        throw new GitLabUnavailable('an earlier post of the commit status may still be carried out', {
          retryAfterMs: Math.min(leftMs, 5_000),
          inDoubtMs: null,
        });
    }
    const sent = await update(trigger, known, {
      posting: { status: status.state, inDoubtUntil: clock.now() + requestLifeMs },
    });
    try {
      await gitlab.postCommitStatus(upstream.project, status);
    } catch (error) {
      if (!isShownAlready(error)) {
        const inDoubtUntil = inDoubtAfter(error, clock.now());
        const posting = inDoubtUntil === null ? null : { status: status.state, inDoubtUntil };
        await update(trigger, sent, { posting });
        throw error;
      }
    }
    await update(trigger, sent, posted);
  }

  return async function postStatus(trigger) {
    const report = statusOf(trigger);
    const { upstream } = trigger.request;
    if (report === undefined || upstream === null) return;
    const wanted = wantedStatus(trigger);
    const gitlab = reportAccess(trigger);
    if (gitlab === null) {
      await update(trigger, report, {
        refused: wanted,
        detail: 'the service has no GITLAB_TOKEN for this GitLab',
      });
      return;
    }
    const others = await store.findByUpstream(upstream.pipelineId);
    if (others.some((other) => isSupersededBy(trigger, other))) {
      await update(trigger, report, { isSuperseded: true, detail: 'a newer trigger posts it' });
      return;
    }
    try {
      await post(gitlab, trigger, report, upstream);
    } catch (error) {
      const stored = (await store.find(trigger.id))?.trigger;
      const current = stored === undefined ? undefined : statusOf(stored);
      if (stored === undefined || current === undefined) return;
      const failed = settleRefusal(current, error, clock.now());
      await update(stored, failed.report, failed.isFinal ? { refused: wanted } : {});
      if (!failed.isFinal) throw failed.error;
    }
  };
}
