import type { ConnectGitLab, GitLab } from '../../app/ports/index.ts';

/** Observes the result of each call to GitLab. */
export interface GitLabWatcher {
  readonly succeeded: (method: keyof GitLab) => void;
  /** @returns the error that the caller of GitLab gets */
  readonly failed: (method: keyof GitLab, error: unknown) => unknown;
}

/** The same GitLab, with an observer. */
export const watchGitLab = (connect: ConnectGitLab, { succeeded, failed }: GitLabWatcher): ConnectGitLab =>
  function connectWatched(access) {
    const watched = (Object.entries(connect(access)) as [keyof GitLab, GitLab[keyof GitLab]][]).map(
      ([name, method]) => [
        name,
        async (...args: never[]) => {
          try {
            const answer = await (method as (...args: never[]) => Promise<unknown>)(...args);
            succeeded(name);
            return answer;
          } catch (error) {
            throw failed(name, error);
          }
        },
      ],
    );
    const gitlab = Object.fromEntries(watched) as unknown;
    return gitlab as GitLab;
  };
