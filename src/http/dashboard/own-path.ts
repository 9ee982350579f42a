/** The path to continue at after signing in: always one of the service, whatever the link contains. */
export function ownPath(next: string | null): string {
  if (next === null || !URL.canParse(next, 'http://here')) return '/';
  const url = new URL(next, 'http://here');
  // A path that begins with two slashes would lead to another host.
  return url.origin === 'http://here' ? `/${url.pathname.replace(/^\/+/, '')}${url.search}` : '/';
}
