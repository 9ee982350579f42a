/** What machines are called by themselves; browsers let `*.localhost` lead nowhere else. */
const allowedHosts = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * Whether the Host of a request is a name of this machine, or the one that the service is known by. Where everyone here
 * may do everything, a page from elsewhere must not pass its own name off as this machine's (DNS rebinding): the browser
 * takes what answers there for the page's own, and says the page's name.
 * @param publicUrl how GitLab and browsers reach the service
 */
export const createHostCheck =
  (publicUrl: string | null) =>
  (host: string | undefined): boolean =>
    host !== undefined && (allowedHosts.test(host) || host.toLowerCase() === hostOf(publicUrl));

/** Of a URL; URLs are read by what receives them, not here. */
const hostOf = (url: string | null): string | undefined =>
  /^https?:\/\/([^/]+)/.exec(url ?? '')?.[1]?.toLowerCase();
