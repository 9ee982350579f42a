/** The path of a project in the API, by its id or full path. */
export const projectPath = (project: string): string => `projects/${encodeURIComponent(project)}`;
