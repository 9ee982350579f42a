import type { ProjectScenario } from '../scenario.ts';

export type Group = { readonly id: number; readonly path: string };

/** The groups that projects are in, those above them included, in the order in which the scenario names them. */
export function groupsOf(projects: readonly Pick<ProjectScenario, 'path'>[]): Group[] {
  const paths = projects.flatMap(({ path }) => {
    const parts = path.split('/').slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(paths)].map((path, index) => ({ id: index + 1, path }));
}
