import { levels } from './gitlab-user.ts';

/** Which triggers a kind of key may do something with: those that it started, or also all of its projects. */
type Scope = 'own' | 'projects';

/** Who may do something with a trigger. */
export interface Grant {
  /** Keys by their role, and the jobs of id_tokens as `trigger`; admins may do everything. */
  readonly keys: Readonly<Partial<Record<'read' | 'approve' | 'trigger', Scope>>>;
  /** People from this role in the project on. */
  readonly from: number;
}

/** Who may do what with a trigger: keys, CI jobs and people. */
export const grants = {
  see: { keys: { read: 'projects', approve: 'projects', trigger: 'own' }, from: levels.reporter },
  steer: { keys: { trigger: 'own' }, from: levels.developer },
  approve: { keys: { approve: 'projects' }, from: levels.maintainer },
} as const satisfies Record<string, Grant>;
