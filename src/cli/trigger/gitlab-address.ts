import type { GitLabAddress } from './command.ts';

/** The path of GitLab's projects API. */
const apiPath = '/api/v4/projects';

/** The base URL of the instance: everything before the API's path. */
export const gitlabUrlOf = ({ host, urlPath }: GitLabAddress): string =>
  host + (urlPath.endsWith(apiPath) ? urlPath.slice(0, -apiPath.length) : '');

/** `fetch` for a GitLab with another path of the projects API (`-u`). */
export function atUrlPath(fetch: typeof globalThis.fetch, address: GitLabAddress): typeof globalThis.fetch {
  const usual = gitlabUrlOf(address) + apiPath;
  const actual = address.host + address.urlPath;
  if (usual === actual) return fetch;
  return function fetchAtUrlPath(input, init) {
    const url = input instanceof Request ? input.url : String(input);
    return fetch(url.startsWith(usual) ? actual + url.slice(usual.length) : input, init);
  };
}
