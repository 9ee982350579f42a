import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** What pages may do: what we ship ourselves, nothing inline, nothing from elsewhere, in nobody's frame. */
const directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
};

/**
 * Headers for what browsers show.
 * @param publicUrl only if it is https do the headers make browsers insist on https
 */
export const securityHeaders = (publicUrl: string | null): RequestHandler =>
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginEmbedderPolicy: true,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: publicUrl?.startsWith('https://') === true ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  });
