import type { Request } from 'express';
import { AppError } from '../../domain/error.ts';

/**
 * Refuses a form that another site sent: browsers say where a form comes from, by one header or the other.
 * Who shows a token of their own with the request is no browser that was tricked.
 * @throws AppError `forbidden`
 */
export function refuseForeignForms(request: Request, publicUrl: string | null): void {
  if (request.get('authorization') !== undefined || isOfThisSite(request, publicUrl)) return;
  throw new AppError(
    'forbidden',
    'this form did not come from this page; a proxy in front of the service must pass the Host header on, or PUBLIC_URL must name the address that you use',
  );
}

function isOfThisSite(request: Request, publicUrl: string | null): boolean {
  // Sent over TLS and to this machine only.
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = originOf(request.get('origin'));
  if (origin === null) return false;
  return origin.host === request.get('host') || origin.origin === originOf(publicUrl ?? undefined)?.origin;
}

const originOf = (text: string | undefined): URL | null =>
  text !== undefined && URL.canParse(text) ? new URL(text) : null;
