import type { GroupId, TriggerId } from '../ids.ts';
import type { Outcome } from '../trigger/trigger.ts';

/** How many members must succeed. */
export type Requirement = 'all' | 'any' | number;

/** How a group ended. */
export type GroupOutcome = 'success' | 'failed' | 'canceled' | 'deadline';

/** A member: which trigger it is, and which other members must have succeeded before it starts. */
export interface GroupMember {
  readonly name: string;
  readonly triggerId: TriggerId;
  /** The project as it was requested: GitLab's limit of creations is one of the project. */
  readonly project: string;
  readonly needs: readonly string[];
}

export type GroupState =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'finished';
      readonly outcome: GroupOutcome;
      readonly reason: string | null;
      /** Milliseconds since the epoch, as all times of the domain. */
      readonly finishedAt: number;
    };

/** Several triggers with one verdict. What its members do is in their triggers alone. */
export interface Group {
  readonly id: GroupId;
  readonly caller: string;
  readonly name: string | null;
  readonly require: Requirement;
  readonly failFast: boolean;
  /** So many run concurrently; null: all. */
  readonly maxParallel: number | null;
  readonly members: readonly GroupMember[];
  readonly deadlineSeconds: number;
  readonly cancelOnDeadline: boolean;
  readonly deadlineAt: number;
  /** Why it is being canceled; null while nobody has asked for that. */
  readonly cancel: string | null;
  readonly state: GroupState;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Where a member is, as its trigger shows it. */
export type MemberState =
  /** Not started: the group starts it. */
  | { readonly kind: 'waiting' }
  /** Started; GitLab has not created its pipeline yet. `isLimited`: it has refused to, for its limit of creations. */
  | { readonly kind: 'creating'; readonly isLimited: boolean }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly outcome: Outcome };

export const isGroupFinished = ({ state }: Group): boolean => state.kind === 'finished';

/** How many of its members must succeed. */
export const requiredOf = ({ require, members }: Pick<Group, 'require' | 'members'>): number =>
  require === 'all' ? members.length : require === 'any' ? 1 : require;
