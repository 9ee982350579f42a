import type { Config } from '../config/config.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { checkToken } from './check-token.ts';

/** Signatures of hooks may be five minutes old; a `Date` is a second old at the most. */
const skewMs = 60_000;
const timeoutMs = 5_000;

/** The token as GitLab knows it, and how far the clocks are apart. GitLab that cannot be reached is a note. */
export async function checkGitLab(
  { gitlabUrl, gitlabToken }: Pick<Config, 'gitlabUrl' | 'gitlabToken'>,
  now: () => number,
): Promise<readonly DoctorFinding[]> {
  if (gitlabToken === null) return [];
  let response: Response;
  try {
    response = await fetch(`${gitlabUrl}/api/v4/personal_access_tokens/self`, {
      headers: { 'private-token': gitlabToken },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    const problem = 'cannot be reached from here: its token and clock were not looked at';
    return [doctorFinding('gitlab_unreachable', 'GITLAB_URL', problem, 'run this where the service runs')];
  }
  const body: unknown = await response.json().catch(() => null);
  return [...checkClock(response, now()), ...checkToken({ status: response.status, body }, now())];
}

function checkClock({ headers }: Response, now: number): readonly DoctorFinding[] {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs) || Math.abs(theirs - now) <= skewMs) return [];
  const problem = `differs from GitLab's by ${Math.round(Math.abs(theirs - now) / 1000)} seconds`;
  return [doctorFinding('clock_skew', 'clock', problem, 'set the clock: signed hooks may be refused')];
}
