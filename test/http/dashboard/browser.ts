import { expect } from 'vitest';
import type { Role } from '../../../src/domain/access/caller.ts';
import type { Answer } from '../../support/call.ts';
import { send } from '../../support/call.ts';
import type { TestService } from '../../support/start-service.ts';
import { adminToken } from '../../support/start-service.ts';

/** What a browser does short of showing pages: keeps the cookie, says where its forms come from. */
export interface TestBrowser {
  readonly get: (path: string) => Promise<Answer>;
  /** Sends a form and gives the answer to it. */
  readonly post: (path: string, fields?: Fields, headers?: Headers) => Promise<Answer>;
  /** Sends a form and gives the page that it leads to. */
  readonly submit: (path: string, fields?: Fields) => Promise<Answer>;
  readonly cookie: () => string | null;
}

type Fields = Record<string, string> | [string, string][];
type Headers = Readonly<Record<string, string>>;

export const formType = { 'content-type': 'application/x-www-form-urlencoded' } as const;

export function openBrowser(url: string): TestBrowser {
  let cookie: string | null = null;

  async function ask(method: string, path: string, body?: string, headers: Headers = {}): Promise<Answer> {
    const answer = await send(`${url}${path}`, method, {
      headers: { ...(cookie === null ? {} : { cookie }), accept: 'text/html', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const [set] = answer.headers.getSetCookie();
    if (set !== undefined) cookie = set.split(';')[0] ?? null;
    return answer;
  }

  const post: TestBrowser['post'] = (path, fields = {}, headers = {}) => {
    const body = new URLSearchParams(fields).toString();
    return ask('POST', path, body, { ...formType, 'sec-fetch-site': 'same-origin', ...headers });
  };

  return {
    get: (path) => ask('GET', path),
    post,
    async submit(path, fields) {
      const answer = await post(path, fields);
      expect(answer.status, answer.text).toBe(303);
      return ask('GET', answer.headers.get('location')?.replace(/#.*/, '') ?? '');
    },
    cookie: () => cookie,
  };
}

/** A browser that is signed in, as the admin unless another key is given. */
export async function signedIn(url: string, key = adminToken): Promise<TestBrowser> {
  const browser = openBrowser(url);
  const answer = await browser.post('/sign-in', { key });
  expect(answer.status).toBe(303);
  return browser;
}

interface Order {
  readonly name: string;
  readonly role?: Role;
  readonly projects?: readonly string[];
}

const operator = { id: 'operator@cli', from: 'test' };

/** A key, as the operator makes it; it may trigger, in all projects, unless given otherwise. */
export const makeKey = ({ service }: TestService, { name, role = 'trigger', projects }: Order) =>
  service.keys.create({ name, role, projects: projects ?? null, days: null }, operator);
