import type { Brand, DeliveryId } from '../ids.ts';
import type { Payload } from '../delivery.ts';

/** GitLab's id of a configured hook, unique in one instance. */
export type HookId = Brand<number, 'HookId'>;

/** GitLab's word for whether it delivers. It pauses a hook after four failures in a row, and disables it after forty. */
export type HookStatus = 'executable' | 'temporarily_disabled' | 'disabled';

/** A hook as GitLab shows it. GitLab never shows a secret, at most whether there is one. */
export interface ProjectHook {
  readonly id: HookId;
  /** Null: it is the hook of a group. */
  readonly projectId: number | null;
  readonly url: string;
  readonly pipelineEvents: boolean;
  readonly jobEvents: boolean;
  readonly pushEvents: boolean;
  readonly verifiesTls: boolean;
  /** A custom template replaces the body, which the service can then not parse. */
  readonly hasTemplate: boolean;
  /** Null: GitLab before 19 does not show it. */
  readonly hasSecret: boolean | null;
  /** Null: GitLab before 19 does not sign. */
  readonly isSigned: boolean | null;
  readonly status: HookStatus;
  /** Milliseconds since the epoch. */
  readonly disabledUntil: number | null;
}

/** The desired settings of our hook. */
export interface DesiredHook {
  /** Address of our receiver, as GitLab is to call it. */
  readonly url: string;
  /** How the service authenticates deliveries: a secret token, a signature, or neither. */
  readonly takesSecret: boolean;
  readonly takesSignature: boolean;
  /** Null: keep the present setting; an operator may have had a reason for it. */
  readonly verifiesTls: boolean | null;
  /** The receiver's previous address, whose hooks are to be moved. */
  readonly movedFrom: string | null;
}

/** A delivery that GitLab could not make. It lists them for a week. */
export interface FailedDelivery {
  /** GitLab's id of the attempt; grows with time. */
  readonly id: number;
  /** The id that the delivery would have in the inbox, had it arrived. */
  readonly delivery: DeliveryId;
  readonly payload: Payload;
  /** The status that it was answered with, or GitLab's `internal error` when there was no answer. */
  readonly answer: string;
}
