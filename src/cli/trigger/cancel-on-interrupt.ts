import { messageOf } from '../../domain/error.ts';
import type { Outcome } from '../../domain/trigger/trigger.ts';
import { outcomeExitCodes } from './exit-code.ts';
import type { Interruptible } from './interrupt.ts';
import { onInterrupt } from './interrupt.ts';
import type { Session } from './progress.ts';

/** How long GitLab has to show a pipeline as canceled. */
const cancelMs = 10_000;

interface Deps {
  readonly process: Interruptible;
  readonly session: Session;
  readonly note: (message: string) => void;
  /** Aborts following when it takes too long. */
  readonly ending: AbortController;
}

export interface Interruption {
  readonly leave: () => void;
  /** Reports a cancellation that the service did not accept. @returns whether there was one */
  readonly reportUnsent: () => boolean;
  /**
   * Reports the state of the pipeline after an interruption.
   * @param outcome null while there is none
   * @returns the exit code; null when the outcome decides
   */
  readonly report: (outcome: Outcome | null) => number | null;
}

/** `--cancel-on-interrupt` */
export function cancelOnInterrupt({ process, session, note, ending }: Deps): Interruption {
  let timer: NodeJS.Timeout | null = null;
  let isLate = false;
  let order: 'under way' | 'taken' | 'failed' = 'under way';

  const leave = onInterrupt(process, () => {
    note('interrupted: canceling the pipeline');
    timer = setTimeout(() => {
      isLate = true;
      ending.abort();
    }, cancelMs);
    session.cancel().then(
      () => (order = 'taken'),
      (error: unknown) => {
        order = 'failed';
        note(`it cannot be canceled: ${messageOf(error)}`);
      },
    );
  });

  function reportUnsent(): boolean {
    if (timer === null || !session.isRemote || order === 'taken') return false;
    const why = order === 'failed' ? 'nothing was canceled' : 'the service could not be reached';
    note(`error: ${why}: the pipeline, if it was triggered, goes on`);
    return true;
  }

  function reportWithoutOutcome(): number {
    if (reportUnsent()) return outcomeExitCodes.unknown;
    if (isLate) note(`error: GitLab does not show the pipeline as canceled ${cancelMs / 1000} seconds later`);
    else note('nothing had been triggered yet');
    return outcomeExitCodes.failed;
  }

  return {
    leave: () => {
      leave();
      if (timer !== null) clearTimeout(timer);
    },
    reportUnsent,
    report: (outcome) => {
      if (timer === null) return null;
      if (outcome === null) return reportWithoutOutcome();
      if (outcome === 'canceled') note('GitLab shows the pipeline as canceled');
      else note(`the pipeline had come to its end before: ${outcome}`);
      return null;
    },
  };
}
