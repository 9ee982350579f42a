type Fetch = typeof globalThis.fetch;

/** GitLab redirects once; more would be a loop. */
const mostRedirects = 3;

/**
 * `fetch` whose reads follow redirects, but only to addresses that begin with this base: the token is for one origin
 * only. Any other redirect is returned as the answer.
 */
export function followWithin(fetch: Fetch, prefix: string) {
  return async function fetchWithin(url: URL, init: RequestInit): Promise<Response> {
    const method = init.method ?? 'GET';
    let target = url;
    for (let followed = 0; ; followed += 1) {
      const response = await fetch(target, { ...init, redirect: 'manual' });
      const next = method === 'GET' && followed < mostRedirects ? nextOf(response, target, prefix) : null;
      if (next === null) return response;
      // An unread body would keep its connection.
      await response.body?.cancel();
      target = next;
    }
  };
}

/**
 * `fetch` of a file, which GitLab may keep with somebody else: a redirect within this base takes the headers along, any
 * other one leads on without them, since the token is for one origin only.
 */
export function followAnywhere(fetch: Fetch, prefix: string) {
  return async function fetchFile(url: URL, { headers, ...init }: RequestInit): Promise<Response> {
    let target = url;
    for (let followed = 0; ; followed += 1) {
      const sent = target.href.startsWith(new URL(prefix).href) ? { ...init, headers } : init;
      const response = await fetch(target, { ...sent, redirect: 'manual' } as RequestInit);
      const next = followed < mostRedirects ? redirectOf(response, target) : null;
      if (next === null) return response;
      await response.body?.cancel();
      target = next;
    }
  };
}

function redirectOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location');
  if (status < 300 || status > 399 || location === null || !URL.canParse(location, from.href)) return null;
  const next = new URL(location, from);
  return /^https?:$/.test(next.protocol) && next.username + next.password === '' ? next : null;
}

function nextOf({ status, headers }: Response, from: URL, prefix: string): URL | null {
  const location = headers.get('location');
  if (status < 300 || status > 399 || location === null || !URL.canParse(location, from.href)) return null;
  const next = new URL(location, from);
  const isInside = URL.canParse(prefix) && next.href.startsWith(new URL(prefix).href);
  return isInside && next.href !== from.href ? next : null;
}
