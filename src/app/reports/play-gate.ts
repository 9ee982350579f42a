import type { Job } from '../../domain/trigger/job.ts';
import type { GateReport } from '../../domain/trigger/report.ts';
import { dueReports } from '../../domain/trigger/report.ts';
import { countedOnGate, namesGate } from '../../domain/trigger/upstream-reports.ts';
import { phase } from '../../domain/trigger/status.ts';
import type { Trigger, Upstream } from '../../domain/trigger/trigger.ts';
import { isFinished } from '../../domain/trigger/trigger.ts';
import type { ApplyEvent } from '../engine/apply-event.ts';
import type { Performer } from '../engine/perform.ts';
import type { Clock, GitLab, TriggerStore } from '../ports/index.ts';
import { GitLabUnavailable, requestLifeMs } from '../ports/gitlab-unavailable.ts';
import type { ReportAccess } from './report-access.ts';
import { inDoubtAfter, settleRefusal } from './settle-refusal.ts';

interface Deps {
  readonly store: Pick<TriggerStore, 'claimPlay' | 'find' | 'findByUpstream'>;
  readonly reportAccess: ReportAccess;
  readonly applyEvent: ApplyEvent;
  readonly clock: Clock;
}

const gateOf = (trigger: Trigger): GateReport | undefined =>
  dueReports(trigger).find((report) => report.kind === 'gate');

/** Whether a play starts it: `scheduled` is a delayed job, which would start by itself later. */
const waits = ({ status }: Job): boolean => status === 'manual' || status === 'scheduled';

/** What a gate that cannot be played says; null: it was not reached yet. Source: CONTRACT, section 7 */
function whyNotPlayed(gate: Job | undefined, isPipelineOver: boolean): string | null {
  if (gate === undefined) return 'the upstream pipeline has no such job';
  if (gate.status === 'canceled') return 'it was canceled';
  if (gate.status === 'skipped') return 'it was skipped';
  if (gate.status === 'created') return isPipelineOver ? 'the upstream pipeline has ended' : null;
  return 'it was started before';
}

/**
 * Plays the gate of a finished trigger in its upstream pipeline, once, without variables, as soon as GitLab shows it
 * waiting. Of several triggers that name it the last one to finish plays it.
 */
// eslint-disable-next-line max-lines-per-function -- the steps of one report, which share the use case's parts; each is short
export function createPlayGate({ store, reportAccess, applyEvent, clock }: Deps): Performer {
  const update = (trigger: Trigger, report: GateReport, change: Partial<GateReport>): Promise<Trigger> =>
    applyEvent(trigger.id, {
      type: 'reportUpdated',
      at: clock.now(),
      report: { ...report, updatedAt: clock.now(), ...change },
    });

  const note = async (trigger: Trigger, report: GateReport, detail: string): Promise<void> => {
    if (report.detail !== detail) await update(trigger, report, { detail });
  };

  /** The triggers that name the gate and count. */
  async function sharing(trigger: Trigger, { target }: GateReport, upstream: Upstream) {
    const all = await store.findByUpstream(upstream.pipelineId);
    return countedOnGate(
      all.filter(
        (other) =>
          namesGate(other, target, upstream) && other.request.gitlabUrl === trigger.request.gitlabUrl,
      ),
    );
  }

  /** The report that every finished trigger of the gate has now. */
  async function settleAll(
    triggers: readonly Trigger[],
    state: 'done' | 'refused',
    detail: string,
  ): Promise<void> {
    for (const { id } of triggers) {
      const stored = await store.find(id);
      const report = stored === undefined ? undefined : gateOf(stored.trigger);
      if (stored !== undefined && report !== undefined)
        await update(stored.trigger, report, { state, detail, playing: null, refusedSince: null });
    }
  }

  async function play(gitlab: GitLab, trigger: Trigger, report: GateReport, upstream: Upstream, gate: Job) {
    const { id, request } = trigger;
    const claimed = await store.claimPlay(request.gitlabUrl, gate.id, id);
    // It is played, and settled here, by the one that has claimed it.
    if (claimed === 'other') return note(trigger, report, 'another trigger plays it');
    const leftMs = (report.playing?.inDoubtUntil ?? 0) - clock.now();
    if (claimed === 'again' && report.playing?.jobId === gate.id && leftMs > 0)
      throw new GitLabUnavailable('an earlier play of the gate may still be carried out', {
        retryAfterMs: Math.min(leftMs, 5_000),
        inDoubtMs: null,
      });
    await update(trigger, report, {
      playing: { jobId: gate.id, inDoubtUntil: clock.now() + requestLifeMs },
    });
    try {
      await gitlab.playJob(upstream.project, gate.id);
    } catch (error) {
      const inDoubtUntil = inDoubtAfter(error, clock.now());
      const playing = inDoubtUntil === null ? null : { jobId: gate.id, inDoubtUntil };
      await update(trigger, report, { playing });
      throw error;
    }
    const others = await sharing(trigger, report, upstream);
    await settleAll([trigger, ...others.filter((other) => other.id !== id)], 'done', 'played');
  }

  async function tryToPlay(gitlab: GitLab, trigger: Trigger, report: GateReport, upstream: Upstream) {
    const counted = await sharing(trigger, report, upstream);
    const pending = counted.filter((other) => !isFinished(other));
    if (pending.length > 0)
      return note(trigger, report, `waits for ${pending.map(({ id }) => id).join(', ')}`);
    const { status, jobs } = await gitlab.readPipeline(upstream.project, upstream.pipelineId, {
      traces: false,
    });
    const gate = jobs.findLast(({ name }) => name === report.target);
    if (gate !== undefined && waits(gate)) return play(gitlab, trigger, report, upstream, gate);
    const isOver = phase(status) === 'complete';
    const why =
      gate !== undefined && gate.id === report.playing?.jobId ? 'played' : whyNotPlayed(gate, isOver);
    return why === null
      ? note(trigger, report, 'the upstream pipeline has not reached it')
      : settleAll([trigger, ...counted], 'done', why);
  }

  return async function playGate(trigger) {
    const report = gateOf(trigger);
    const { upstream } = trigger.request;
    if (report === undefined || upstream === null) return;
    const gitlab = reportAccess(trigger);
    if (gitlab === null)
      return settleAll([trigger], 'refused', 'the service has no GITLAB_TOKEN for this GitLab');
    try {
      await tryToPlay(gitlab, trigger, report, upstream);
    } catch (error) {
      const stored = (await store.find(trigger.id))?.trigger;
      const current = stored === undefined ? undefined : gateOf(stored);
      if (stored === undefined || current === undefined) return;
      const failed = settleRefusal(current, error, clock.now());
      if (failed.isFinal) return settleAll([stored], 'refused', failed.report.detail ?? 'refused');
      await update(stored, failed.report, {});
      throw failed.error;
    }
  };
}
