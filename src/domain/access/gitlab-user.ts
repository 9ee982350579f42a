/** A user of GitLab, by the id: names change. */
export interface GitLabUser {
  readonly userId: number;
  readonly username: string;
}

/** A user's name, as pages, the log and the audit log show it; names of keys have no `@`. */
export const nameOf = ({ username }: Pick<GitLabUser, 'username'>): string => `@${username}`;

/** The roles in GitLab that count here, as it numbers them. Source: gitlabhq lib/gitlab/access.rb */
export const levels = { reporter: 20, developer: 30, maintainer: 40 } as const;
