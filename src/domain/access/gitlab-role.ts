/** GitLab's access levels. Source: https://docs.gitlab.com/api/members/#roles */
const names: readonly (readonly [number, string])[] = [
  [50, 'Owner'],
  [40, 'Maintainer'],
  [30, 'Developer'],
  [25, 'Security Manager'],
  [20, 'Reporter'],
];

export const [developer, maintainer] = [30, 40];

/** The name of an access level; of one that GitLab may add, the next lower one. */
export const roleName = (level: number): string =>
  names.find(([lowest]) => level >= lowest)?.[1] ?? 'below Reporter';
