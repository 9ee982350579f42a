import { z } from 'zod';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { doctorFinding } from '../domain/doctor-finding.ts';
import { dayMs } from '../domain/time.ts';

const soonDays = 14;
/** Scopes that allow what the service never does. */
const tooWide = ['sudo', 'admin_mode'];

/** Source: https://docs.gitlab.com/api/personal_access_tokens/, `GET /personal_access_tokens/self` */
const tokenSchema = z.object({ scopes: z.array(z.string()), expires_at: z.string().nullish() });
/** Of 401 and 403. Source: gitlabhq lib/api/api_guard.rb */
const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() });

const subject = 'GITLAB_TOKEN';
const another = 'make another one with the scope api, and an end';

interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Whether an answer is GitLab's own: a gateway's says nothing about the token. */
  readonly isGitLabs: boolean;
}

/** Findings about the token, by GitLab's answer. @param now milliseconds since the epoch */
export function checkToken({ status, body, isGitLabs }: TokenAnswer, now: number): readonly DoctorFinding[] {
  const { error = '', error_description: why = '' } = refusalSchema.safeParse(body).data ?? {};
  if (isGitLabs && status === 401 && /expired/i.test(why))
    return [doctorFinding('token_expired', subject, 'has expired', another)];
  if (isGitLabs && status === 401)
    return [doctorFinding('token_refused', subject, 'GitLab does not know it', another)];
  if (status === 403 && error === 'insufficient_scope')
    return [doctorFinding('token_scope_missing', subject, 'lacks the scope api', another)];
  const { data: token } = tokenSchema.safeParse(body);
  if (status !== 200 || token === undefined) {
    const problem = `what GitLab says of it is not clear (${status})`;
    return [
      doctorFinding('gitlab_unreachable', subject, problem, 'see whether GITLAB_URL is that of a GitLab'),
    ];
  }
  const { scopes, expires_at: end } = token;
  const endsSoon = end != null && Date.parse(end) - now < soonDays * dayMs;
  const wide = scopes.filter((scope) => tooWide.includes(scope));
  const needless = `has scopes that it does not need: ${wide.join(', ')}`;
  return [
    ...(endsSoon ? [doctorFinding('token_expires_soon', subject, `expires on ${end}`, another)] : []),
    ...(scopes.includes('api')
      ? []
      : [doctorFinding('token_scope_missing', subject, 'lacks the scope api', another)]),
    ...(wide.length > 0 ? [doctorFinding('token_scope_wide', subject, needless, another)] : []),
  ];
}
