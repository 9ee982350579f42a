import { expect } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import type { Answer } from './call.ts';
import { send } from './call.ts';
import { canary } from './canary.ts';
import { scenario } from './scenario.ts';
import type { TestService } from './start-service.ts';

/** How browsers reach the service; tests reach it at its own address. */
export const publicUrl = 'https://ci.example.com/pt';

export const clientId = 'simulated-application';
export const clientSecret = `gloas-${canary}-application`;

const roles = {
  marge: { group: 'maintainer' },
  dev: { 'group/app': 'developer', 'group/manual': 'developer' },
  rita: { group: 'reporter' },
  gus: { group: 'guest' },
  nina: {},
  boss: {},
} as const satisfies Record<
  string,
  ScenarioInput['users'] extends (infer User)[] | undefined
    ? User extends { roles?: infer Roles }
      ? Roles
      : never
    : never
>;

export type Username = keyof typeof roles;

/** The usual projects, with people of each level: `boss` is an administrator of the service. */
export const peopleScenario = (redirectUri = `${publicUrl}/sign-in/gitlab`): ScenarioInput => ({
  ...scenario,
  users: [
    ...(scenario.users ?? []),
    ...Object.entries(roles).map(([username, own]) => ({
      username,
      token: `${canary}-${username}`,
      roles: { ...own },
    })),
  ],
  applications: [
    { id: clientId, name: 'pipeline-trigger', secret: clientSecret, redirectUris: [redirectUri] },
  ],
});

export const peopleEnv = {
  PUBLIC_URL: publicUrl,
  GITLAB_OAUTH_ID: clientId,
  GITLAB_OAUTH_SECRET: clientSecret,
  ADMIN_USERS: 'boss, someone.else',
};

/** A person's browser: it keeps cookies, and follows nothing by itself. */
export interface PersonBrowser {
  readonly get: (path: string) => Promise<Answer>;
  readonly post: (path: string, fields?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** From the sign-in page to GitLab. @returns where GitLab is asked to sign a person in */
  readonly leave: (next?: string) => Promise<URL>;
  /** Signs in as somebody, up to the answer to GitLab's redirect. */
  readonly signIn: (username: Username, next?: string) => Promise<Answer>;
  readonly cookies: Map<string, string>;
}

const formType = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };

export function openPersonBrowser({ url }: Pick<TestService, 'url'>): PersonBrowser {
  const cookies = new Map<string, string>();

  async function ask(method: string, path: string, more: Parameters<typeof send>[2] = {}): Promise<Answer> {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...more.headers };
    const answer = await send(url + path, method, { ...more, headers });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  const get = (path: string): Promise<Answer> => ask('GET', path);

  async function leave(next?: string): Promise<URL> {
    const query = next === undefined ? '' : `?${new URLSearchParams({ next }).toString()}`;
    const answer = await get(`/sign-in/gitlab${query}`);
    expect(answer.status, answer.text).toBe(303);
    return new URL(answer.headers.get('location') ?? '');
  }

  return {
    get,
    post: (path, fields = {}) =>
      ask('POST', path, { headers: formType, body: new URLSearchParams(fields).toString() }),
    leave,
    signIn: async (username, next) => get(await redirectFor(await leave(next), username)),
    cookies,
  };
}

/** Where GitLab sends a browser back to once somebody has agreed: the path of the service, with its query. */
export async function redirectFor(asked: URL, as: string): Promise<string> {
  asked.searchParams.set('as', as);
  const answer = await send(asked.href, 'GET');
  expect(answer.status, answer.text).toBe(302);
  const location = answer.headers.get('location') ?? '';
  expect(location).toMatch(/^https?:\/\//);
  return pathOf(location);
}

/** The path below `PUBLIC_URL`. */
const pathOf = (location: string): string => {
  const { pathname, search } = new URL(location);
  return pathname.replace(/^\/pt(?=\/)/, '') + search;
};
