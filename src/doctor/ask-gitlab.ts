import type { HttpAnswer } from '../domain/gitlab-answer.ts';

const timeoutMs = 5_000;

/** GitLab's answer to one GET with a token. @throws Error when none comes */
export async function askGitLab(url: string, token: string): Promise<HttpAnswer> {
  const response = await fetch(url, {
    headers: { 'private-token': token },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { status, headers } = response;
  return { status, headers: Object.fromEntries(headers), body: parsed(await response.text()) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
