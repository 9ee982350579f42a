import type { Response } from 'express';

/**
 * Pages name paths from the root of the service. A proxy may serve it below a base path (PUBLIC_URL): markup and
 * redirects get that path here.
 */
const ownAddresses = /(\s(?:href|src|action|data-live)=")(?=\/)/g;

/** Markup whose links, forms, assets and streams lead below a path; text is escaped and holds no attribute. */
export function markupBelow(base: string, markup: string): string {
  const written = base.replaceAll('&', '&amp;');
  return base === '' ? markup : markup.replaceAll(ownAddresses, (attribute) => attribute + written);
}

/** Redirects a browser to a path of the service. */
export function redirectBelow(base: string, response: Response, path: string): void {
  response.redirect(303, base + path);
}
