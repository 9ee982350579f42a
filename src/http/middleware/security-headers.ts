import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** The content policy of pages: only our own files, nothing inline, nothing from other hosts, no frames. */
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
 * Security headers for browsers.
 * @param publicUrl only with https do the headers require https
 */
export const securityHeaders = (publicUrl: string | null): RequestHandler =>
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginEmbedderPolicy: true,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: publicUrl?.startsWith('https://') === true ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: 'deny' },
  });
