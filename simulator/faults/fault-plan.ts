import type { Random } from './random.ts';

/** How often a fault strikes: each matching request with `probability` (1), at most `times` times (always). */
type Frequency = { readonly times?: number; readonly probability?: number };

export type ApiFault = Frequency & {
  /** All of it must match. `path` is compared with the path as sent, without the query. */
  readonly match?: {
    readonly method?: string;
    readonly path?: string | RegExp;
    /** Id or path of a project. */
    readonly project?: number | string;
  };
} &
  /** `executes`: GitLab does the work all the same, and something between answers in its place. */
  (
    | {
        readonly kind: 'status';
        readonly status: number;
        readonly body?: unknown;
        readonly executes?: boolean;
      }
    | { readonly kind: 'rateLimit'; readonly retryAfterSeconds?: number }
    | { readonly kind: 'unauthorized' }
    /** The connection is reset before GitLab did anything, or after it did everything. */
    | { readonly kind: 'resetBefore' | 'resetAfter' }
    /** No answer ever comes; `executes` says whether GitLab does the work all the same. */
    | { readonly kind: 'hang'; readonly executes?: boolean }
    /** The answer comes, but byte by byte over so many milliseconds. */
    | { readonly kind: 'slow'; readonly ms: number }
    /** Half of the answer; `looksWhole`: what is there has the length that the headers say. */
    | { readonly kind: 'truncate'; readonly looksWhole?: boolean }
    /** To the same address at another origin, as GitLab leads from http to https: nothing is done. */
    | { readonly kind: 'redirect'; readonly to: string }
    /** A page of HTML with status 200, as a login page or a captive proxy sends it. */
    | { readonly kind: 'html' }
  );

export type HookFault = Frequency & {
  readonly match?: {
    readonly project?: number | string;
    readonly event?: 'Pipeline Hook' | 'Job Hook';
    /** The status in the payload. */
    readonly status?: string;
  };
} &
  /**
   * `drop`: nobody knows of it. `fail`: it does not get through, which GitLab counts against the hook.
   * `corrupt`: the body is cut in half after it was signed.
   */
  (
    | { readonly kind: 'drop' | 'fail' | 'duplicate' | 'corrupt' }
    | { readonly kind: 'delay'; readonly ms: number }
    /** Held back until the next delivery of the same hook has gone, at most `ms` (default 500). */
    | { readonly kind: 'reorder'; readonly ms?: number }
    /** Sent, and sent once more when so much of the simulated time has passed: perhaps days, and its payload is as old. */
    | { readonly kind: 'resend'; readonly ms: number }
  );

/** What goes wrong. Push faults, or clear the lists, at any time. */
export type FaultPlan = { readonly api: ApiFault[]; readonly hooks: HookFault[] };

/**
 * Chooses the first fault of a list that matches and strikes.
 * The memory of how often each has struck belongs to the chooser, so faults stay plain data.
 */
export function createFaultChooser(random: Random) {
  const struck = new WeakMap<Frequency, number>();
  return function chooseFault<T extends Frequency>(
    faults: readonly T[],
    matches: (fault: T) => boolean,
  ): T | undefined {
    return faults.find((fault) => {
      const count = struck.get(fault) ?? 0;
      if (count >= (fault.times ?? Infinity) || !matches(fault)) return false;
      if (random() >= (fault.probability ?? 1)) return false;
      struck.set(fault, count + 1);
      return true;
    });
  };
}

export type ChooseFault = ReturnType<typeof createFaultChooser>;
