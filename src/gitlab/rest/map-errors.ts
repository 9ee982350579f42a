import { ZodError } from 'zod';
import { GitLabUnavailable } from '../../app/ports/gitlab-unavailable.ts';

/** An answer that is not GitLab's, though it looked like one at first, is as good as none. */
export function mapErrors<Port extends object>(port: Port): Port {
  const explain = (error: unknown): never => {
    if (error instanceof ZodError || error instanceof TypeError)
      throw new GitLabUnavailable('the answer is not one of the GitLab API', {
        retryAfterMs: null,
        inDoubtMs: 5_000,
      });
    throw error;
  };
  const wrapped = Object.entries(port).map(([name, method]) => [
    name,
    (...args: never[]) => (method as (...args: never[]) => Promise<unknown>)(...args).catch(explain),
  ]);
  return Object.fromEntries(wrapped) as Port;
}
