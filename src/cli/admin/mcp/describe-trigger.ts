import type { TriggerView } from '../../../api/trigger-view.ts';
import { plainLine, plainText } from '../../../domain/terminal-text.ts';
import type { Explanation } from './trigger-client.ts';

/** A trigger in one line: for a model, and as the message of a progress notification. */
export function triggerLine(trigger: TriggerView): string {
  const { id, project, ref, state, outcome, pipelineStatus, webUrl, reason } = trigger;
  const how = state === 'finished' ? `ended: ${outcome ?? ''}` : (pipelineStatus ?? 'not created yet');
  const parts = [`${project} ${ref} (${id}): ${how}`, webUrl, reason].filter((part) => part !== null);
  return plainLine(parts.join(' '));
}

/** Why it ended as it did: each failed job with the last lines of its log. */
export function explanationText({ trigger, failedJobs, blockingJobs }: Explanation): string {
  const failed = failedJobs.map(({ name, stage, failureReason, webUrl, trace }) => {
    const head = [`job ${name} (${stage}): ${failureReason ?? 'failed'}`, webUrl].filter(
      (part) => part !== null,
    );
    return `${plainLine(head.join(' '))}\n${plainText(trace ?? '').trimEnd()}`;
  });
  const blocking = blockingJobs.map(({ name, stage }) =>
    plainLine(`job ${name} (${stage}) waits to be played`),
  );
  return [triggerLine(trigger), ...failed, ...blocking].join('\n\n');
}
