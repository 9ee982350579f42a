import type { Request } from 'express';

/**
 * The origin of a browser's request, by one header or the other: `none` for programs, and for browsers from before 2020.
 * @param publicUrl the address for browsers, where a proxy does not pass their Host on
 */
export function originOf(request: Request, publicUrl: string | null): 'own' | 'foreign' | 'none' {
  // Browsers send it over TLS and to this machine only.
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const given = request.get('origin');
  if (given === undefined) return 'none';
  const origin = urlIn(given);
  const isOwn =
    origin !== null &&
    (origin.host === request.get('host') || origin.origin === urlIn(publicUrl ?? undefined)?.origin);
  return isOwn ? 'own' : 'foreign';
}

const urlIn = (text: string | undefined): URL | null =>
  text !== undefined && URL.canParse(text) ? new URL(text) : null;
