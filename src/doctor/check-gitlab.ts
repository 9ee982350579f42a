import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Finding } from '../domain/finding.ts';

const dayMs = 86_400_000;
const soonDays = 14;
/** Signatures of hooks may be five minutes old. */
const skewMs = 60_000;
const patienceMs = 5_000;
/** With these a token may do what the service never does. */
const tooWide = ['sudo', 'admin_mode'];

const tokenSchema = z.object({ scopes: z.array(z.string()), expires_at: z.string().nullish() });

/** The token as GitLab knows it, and how far the clocks are apart. GitLab that cannot be reached is a note. */
export async function checkGitLab(
  { gitlabUrl, gitlabToken }: Pick<Config, 'gitlabUrl' | 'gitlabToken'>,
  now: () => number,
): Promise<readonly Finding[]> {
  if (gitlabToken === null) return [];
  let response: Response;
  try {
    response = await fetch(`${gitlabUrl}/api/v4/personal_access_tokens/self`, {
      headers: { 'private-token': gitlabToken },
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    const problem = 'cannot be reached from here: its token and clock were not looked at';
    return [{ severity: 'note', subject: 'GITLAB_URL', problem, remedy: 'run this where the service runs' }];
  }
  const body: unknown = await response.json().catch(() => null);
  return [...checkClock(response, now()), ...checkToken(response.status, body, now())];
}

function checkClock({ headers }: Response, now: number): readonly Finding[] {
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs) || Math.abs(theirs - now) <= skewMs) return [];
  const problem = `differs from GitLab's by ${Math.round(Math.abs(theirs - now) / 1000)} seconds`;
  return [
    { severity: 'warning', subject: 'clock', problem, remedy: 'set the clock: signed hooks may be refused' },
  ];
}

function checkToken(status: number, body: unknown, now: number): readonly Finding[] {
  const finding = (severity: Finding['severity'], problem: string, remedy: string): Finding => ({
    ...{ severity, subject: 'GITLAB_TOKEN', problem, remedy },
  });
  const another = 'make another one with the scope api';
  if (status === 401) return [finding('error', 'GitLab refuses it', another)];
  const { data } = tokenSchema.safeParse(body);
  if (status !== 200 || data === undefined) return [];
  const endsAt = data.expires_at == null ? Infinity : Date.parse(data.expires_at);
  const wide = data.scopes.filter((scope) => tooWide.includes(scope));
  return [
    ...(endsAt - now < soonDays * dayMs
      ? [finding('warning', `expires on ${String(data.expires_at)}`, another)]
      : []),
    ...(data.scopes.includes('api') ? [] : [finding('error', 'lacks the scope api', another)]),
    ...(wide.length > 0
      ? [finding('warning', `has more scopes than it needs: ${wide.join(', ')}`, another)]
      : []),
  ];
}
