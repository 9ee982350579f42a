import type { Brand, DeliveryId } from '../ids.ts';
import type { Payload } from '../delivery.ts';

/** GitLab's: of a hook's configuration, unique in one instance. */
export type HookId = Brand<number, 'HookId'>;

/** GitLab's word for whether it delivers. It pauses a hook after four failures in a row, and gives it up after forty. */
export type HookStatus = 'executable' | 'temporarily_disabled' | 'disabled';

/** A hook as GitLab shows it. Secrets are never shown, at most whether there are any. */
export interface ProjectHook {
  readonly id: HookId;
  /** Null: it is the hook of a group. */
  readonly projectId: number | null;
  readonly url: string;
  readonly pipelineEvents: boolean;
  readonly jobEvents: boolean;
  readonly pushEvents: boolean;
  readonly verifiesTls: boolean;
  /** A custom template replaces the body, which nobody can read then. */
  readonly hasTemplate: boolean;
  /** Null: GitLab before 19 does not tell. */
  readonly hasSecret: boolean | null;
  /** Null: GitLab before 19 does not sign. */
  readonly isSigned: boolean | null;
  readonly status: HookStatus;
  /** Milliseconds since the epoch. */
  readonly disabledUntil: number | null;
}

/** How a hook of ours is to be. */
export interface DesiredHook {
  /** Address of our receiver, as GitLab is to call it. */
  readonly url: string;
  /** The service knows deliveries by a secret token, by a signature, or by neither. */
  readonly takesSecret: boolean;
  readonly takesSignature: boolean;
  /** Null: as it is; somebody may have had a reason. */
  readonly verifiesTls: boolean | null;
  /** Address of the receiver before, whose hooks are to be moved. */
  readonly movedFrom: string | null;
}

/** A delivery that GitLab could not bring to the receiver. It remembers them for a week. */
export interface FailedDelivery {
  /** GitLab's id of the attempt; grows with time. */
  readonly id: number;
  /** The same as of the delivery in our inbox, had it arrived. */
  readonly delivery: DeliveryId;
  readonly payload: Payload;
  /** The status it was answered, or GitLab's `internal error` when it was not. */
  readonly answer: string;
}
