import { withoutTrailingSlashes } from '../text.ts';
/** Where hooks are received, below the address of the service. */
const receiverPath = '/webhooks/gitlab';

/** The address that GitLab is to send hooks to. @param publicUrl of the service, without a slash at the end */
export const receiverOf = (publicUrl: string): string => `${publicUrl}${receiverPath}`;

interface Place {
  readonly host: string;
  readonly port: string;
  readonly path: string;
}

/** Hosts and our paths ignore case; a user, a query or a slash at the end make no difference. */
function placeOf(url: string): Place | null {
  if (!URL.canParse(url)) return null;
  const { hostname, port, pathname, protocol } = new URL(url);
  const usual = protocol === 'https:' ? '443' : '80';
  return {
    host: hostname.toLowerCase(),
    port: port === '' ? usual : port,
    path: withoutTrailingSlashes(pathname).toLowerCase(),
  };
}

/** Whether two addresses are one receiver. */
export function isSameReceiver(one: string, other: string): boolean {
  const [here, there] = [placeOf(one), placeOf(other)];
  return here !== null && there !== null && isSchemeOf(one, other) && isSamePlace(here, there);
}

const isSamePlace = (one: Place, other: Place): boolean =>
  one.host === other.host && one.port === other.port && one.path === other.path;

const isSchemeOf = (one: string, other: string): boolean => new URL(one).protocol === new URL(other).protocol;

/** The default port of each scheme. */
const usualPorts = ['80', '443'];

/**
 * Compares a hook's address with our receiver. `same`: it is ours. `near`: it was meant to be, but the scheme or path is
 * wrong. `alike`: it may be an earlier one of ours, or that of another service or installation. `other`: neither.
 */
export function compareReceiver(url: string, receiver: string): 'same' | 'near' | 'alike' | 'other' {
  if (isSameReceiver(url, receiver)) return 'same';
  const [there, here] = [placeOf(url), placeOf(receiver)];
  if (there === null || here === null) return 'other';
  const endsAlike = there.path.endsWith(receiverPath);
  const isAtHome = there.host === here.host && isPortOf(there, here);
  // Where the service has no base path of its own, other paths of the host may lead to other services.
  const home = here.path.slice(0, -receiverPath.length);
  const isBelowHome = there.path === home || (home !== '' && there.path.startsWith(`${home}/`));
  if (isAtHome && (endsAlike || isBelowHome)) return 'near';
  return endsAlike || isAtHome ? 'alike' : 'other';
}

/** Another port is another service, unless it is the default port of the other scheme. */
const isPortOf = (there: Place, here: Place): boolean =>
  there.port === here.port || [there.port, here.port].every((port) => usualPorts.includes(port));

/** A guess: the first of several addresses that looks like our receiver's. */
export const likelyReceiver = (urls: readonly string[]): string | null =>
  urls.find((url) => placeOf(url)?.path.endsWith(receiverPath)) ?? null;
