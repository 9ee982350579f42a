import type { CiJob, CiPipeline } from '../engine/model.ts';
import type { Scenario } from '../scenario.ts';

export type ScriptedRun = {
  readonly queueMs: number;
  readonly durationMs: number;
  readonly cancelingMs: number;
  readonly result: 'success' | 'failed' | 'canceled';
  readonly failureReason: string;
  readonly trace: string;
};

/** How this attempt of a job runs, by the scenario or by what its `script:` looks like. */
export function jobScriptOf(
  { defaultJob, projects }: Scenario,
  { projectId }: CiPipeline,
  job: CiJob,
): ScriptedRun {
  const script = projects.find(({ id }) => id === projectId)?.jobs[job.definition.name];
  const results = script?.results ?? [script?.result ?? (job.definition.exitsNonZero ? 'failed' : 'success')];
  const result = results[Math.min(job.attempt, results.length - 1)] ?? 'success';
  const reasons = script?.failureReasons ?? [script?.failureReason ?? 'script_failure'];
  return {
    queueMs: script?.queueMs ?? defaultJob.queueMs,
    durationMs: script?.durationMs ?? defaultJob.durationMs,
    cancelingMs: job.definition.trigger === null ? (script?.cancelingMs ?? 0) : 0,
    result,
    failureReason: reasons[Math.min(job.attempt, reasons.length - 1)] ?? 'script_failure',
    trace: script?.trace ?? traceOf(job.definition.name, result),
  };
}

function traceOf(name: string, result: ScriptedRun['result']): string {
  const last = result === 'failed' ? 'ERROR: Job failed: exit code 1' : 'Job succeeded';
  return `Running with gitlab-runner (simulated)\n$ echo "${name}"\n${name}\n${last}\n`;
}
