import type { JobId } from '../ids.ts';
import type { OnTimeout } from './manual-rules.ts';

/** What has become of a held job. */
export type HeldJobState =
  /** It waits for a person. */
  | { readonly kind: 'open' }
  | { readonly kind: 'approved' | 'rejected'; readonly by: string; readonly comment: string | null }
  /** Nobody came in time: from here on its job is treated as `onTimeout` says. */
  | { readonly kind: 'timed_out' }
  /** A person played its job in GitLab. */
  | { readonly kind: 'played' }
  /** The trigger ended first, or the job was canceled. */
  | { readonly kind: 'withdrawn' };

/** A manual job that waits for a person, by a rule that says `wait` or `approve`. */
export interface HeldJob {
  readonly id: JobId;
  readonly name: string;
  readonly stage: string;
  /** The name of the environment that the job deploys to; null where it has none, or none is known. */
  readonly environment: string | null;
  readonly action: 'wait' | 'approve';
  /** When the job was first seen waiting. */
  readonly since: number;
  /** Null: it waits until the trigger's deadline. */
  readonly expiresAt: number | null;
  readonly onTimeout: OnTimeout;
  readonly state: HeldJobState;
}
