const loopback = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|::1)$/i;

/**
 * Whether a name or an address, without a port, is of the loopback interface; IPv6 with or without its brackets.
 * `*.localhost` resolves to it alone (RFC 6761, 6.3).
 */
export const isLoopback = (host: string): boolean => loopback.test(host);

/**
 * Whether the Host of a request is a name of this machine, or the one that the service is known by. Where everyone here
 * may do everything, another site must not pass its own name off as this machine's (DNS rebinding): the browser
 * takes what answers there for the page's own, and says the page's name.
 * @param publicUrl how GitLab and browsers reach the service
 */
export const createHostCheck = (publicUrl: string | null) =>
  function isAllowedHost(host: string | undefined): boolean {
    return (
      host !== undefined &&
      (isLoopback(host.replace(/:\d+$/, '')) || host.toLowerCase() === hostOf(publicUrl))
    );
  };

/** The base path of a URL; the receiver of a URL parses it, not this file. */
const hostOf = (url: string | null): string | undefined =>
  /^https?:\/\/([^/]+)/.exec(url ?? '')?.[1]?.toLowerCase();
