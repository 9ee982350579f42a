import type { Config } from '../config/config.ts';
import type { HttpAnswer } from '../domain/gitlab-answer.ts';
import { failureFrom, verdictOn, verdictOnFailure } from '../domain/gitlab-answer.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { askGitLab } from './ask-gitlab.ts';
import { checkToken } from './check-token.ts';

/** Signatures of hooks may be five minutes old; a `Date` header is at most a second old. */
const skewMs = 60_000;

/**
 * Checks the token at GitLab, the access to GitLab, and the difference of the clocks. A GitLab that cannot be reached is
 * a note.
 */
export async function checkGitLab(
  { gitlabUrl, gitlabToken }: Pick<Config, 'gitlabUrl' | 'gitlabToken'>,
  now: () => number,
): Promise<readonly DoctorFinding[]> {
  if (gitlabToken === null) return [];
  const url = `${gitlabUrl}/api/v4/personal_access_tokens/self`;
  try {
    const answer = await askGitLab(url, gitlabToken);
    return [...checkClock(answer, now()), ...checkAnswer(answer, url, now())];
  } catch (error) {
    const { meaning, why } = verdictOnFailure(failureFrom(error));
    return [meaning === 'permanent' ? unusable(why) : unreachable];
  }
}

const unreachable = doctorFinding(
  'gitlab_unreachable',
  'GITLAB_URL',
  'cannot be reached from here: its token and clock were not looked at',
  'run this where the service runs',
);

const unusable = (why: string | null): DoctorFinding =>
  doctorFinding(
    'gitlab_unusable',
    'GITLAB_URL',
    why ?? 'leads to no GitLab',
    'nothing can be triggered until it is set',
  );

function checkAnswer(answer: HttpAnswer, url: string, now: number): readonly DoctorFinding[] {
  const { meaning, why } = verdictOn(answer, url);
  const isPage = meaning === 'passing' && answer.status < 300;
  if (meaning === 'permanent' || isPage) return [unusable(why)];
  const isGitLabs = meaning === 'done' || meaning === 'refused';
  return checkToken({ ...answer, isGitLabs }, now);
}

function checkClock({ headers }: HttpAnswer, now: number): readonly DoctorFinding[] {
  const theirs = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(theirs) || Math.abs(theirs - now) <= skewMs) return [];
  const problem = `differs from GitLab's by ${Math.round(Math.abs(theirs - now) / 1000)} seconds`;
  return [doctorFinding('clock_skew', 'clock', problem, 'set the clock: signed hooks may be refused')];
}
