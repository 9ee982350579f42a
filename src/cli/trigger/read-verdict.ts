import type { Outcome } from '../../domain/trigger/trigger.ts';
import type { DotenvFile } from './dotenv-file.ts';
import type { Session } from './progress.ts';

/** How a pipeline ended, and where its page is. */
export interface ShownVerdict {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly webUrl: string | null;
}

/** `--verdict`: takes from the service how it ended, without a word about the pipeline's way there. Null: interrupted. */
export async function readVerdict(
  session: Session,
  dotenv: DotenvFile | null,
  signal: AbortSignal,
): Promise<ShownVerdict | null> {
  let webUrl: string | null = null;
  for await (const progress of session.follow(signal)) {
    if (progress.type === 'status') {
      ({ webUrl } = progress);
      dotenv?.write({ id: progress.pipelineId, url: progress.webUrl, status: progress.status });
    }
    if (progress.type === 'outcome') return { outcome: progress.outcome, reason: progress.reason, webUrl };
  }
  return null;
}
