import type { ApiReply } from '../rest/reply.ts';
import type { Input } from '../rest/read-input.ts';
import type { World } from '../world/world.ts';

/** Names who refuses instead of a user. */
export const nobody = '-';

/** Where a person at a browser says who they are: this GitLab knows no passwords. */
export function authorizePage(world: World, baseUrl: string, input: Input, application: string): ApiReply {
  const link = (as: string, text: string): string => {
    const query = new URLSearchParams({ ...(input as Record<string, string>), as });
    return `<li><a href="${escaped(`${baseUrl}/oauth/authorize?${query.toString()}`)}">${escaped(text)}</a></li>`;
  };
  const users = world.scenario.users.filter(({ state }) => state === 'active');
  const body = `<!DOCTYPE html><html lang="en"><title>Authorize ${escaped(application)}</title>
<h1>Authorize ${escaped(application)} to use your account?</h1>
<ul>${users.map(({ username }) => link(username, `Authorize as ${username}`)).join('')}${link(nobody, 'Deny')}</ul></html>`;
  return { status: 200, body, headers: { 'content-type': 'text/html; charset=utf-8' } };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
