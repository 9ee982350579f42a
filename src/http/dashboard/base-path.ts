import type { Response } from 'express';

/**
 * Pages name paths from the root of the service. A proxy may serve it below a path of its own (PUBLIC_URL): what leaves
 * the service, as markup or as a redirect, goes through here.
 */
const ownAddresses = /(\s(?:href|src|action|data-live)=")(?=\/)/g;

/** Markup whose links, forms, assets and streams lead below a path; text is escaped and holds no attribute. */
export function markupBelow(base: string, markup: string): string {
  const written = base.replaceAll('&', '&amp;');
  return base === '' ? markup : markup.replaceAll(ownAddresses, (attribute) => attribute + written);
}

/** Leads a browser to a path of ours. */
export function redirectBelow(base: string, response: Response, path: string): void {
  response.redirect(303, base + path);
}
