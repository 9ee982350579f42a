import { isIP } from 'node:net';
import type { RequestHandler } from 'express';

/**
 * The addresses that a chain of proxies names, each without its port; only those after which every proxy named an
 * address. An element that is no address (`unknown`, a name) counts as the proxy that passed it on: the elements before
 * it have no known origin.
 */
export function forwardedAddresses(text: string): readonly string[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    // An empty element of a list says nothing. Source: RFC 9110, section 5.6.1.2
    .filter((entry) => entry !== '')
    .map(addressIn);
  return entries.slice(entries.lastIndexOf(null) + 1).filter((address) => address !== null);
}

/** `192.0.2.1`, `192.0.2.1:5000`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5000`; null for anything else. */
function addressIn(entry: string): string | null {
  const unquoted = /^"(.*)"$/.exec(entry)?.[1] ?? entry;
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(unquoted) ?? [];
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(unquoted) ?? [];
  // The zone of a link-local address names an interface of the proxy.
  const address = (bracketed ?? beforePort ?? unquoted).replace(/%.*$/, '');
  const version = isIP(address);
  const isAsWritten = bracketed === undefined ? true : version === 6;
  return version !== 0 && isAsWritten ? address : null;
}

/** Leaves in `X-Forwarded-For` what Express can evaluate by TRUSTED_PROXIES: addresses. */
export const readForwardedFor: RequestHandler = (request, _response, next) => {
  const given = request.headers['x-forwarded-for'];
  // An empty header names no client but the proxy itself.
  if (given !== undefined)
    request.headers['x-forwarded-for'] = forwardedAddresses([given].flat().join(',')).join(', ');
  next();
};
