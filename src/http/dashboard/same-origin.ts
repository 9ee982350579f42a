import type { Request } from 'express';
import { AppError } from '../../domain/error.ts';
import { hasBearer } from '../middleware/authenticate.ts';
import { originOf } from '../middleware/same-origin.ts';
import type { SessionCookie } from './sessions.ts';

/**
 * Refuses a form that another site sent: browsers send its origin. A program sends none: it must send a bearer token,
 * which no other site can make a browser send, and no session cookie, which would take precedence.
 * @throws AppError `forbidden`
 */
export function refuseForeignForms(
  request: Request,
  { publicUrl, cookie }: { readonly publicUrl: string | null; readonly cookie: Pick<SessionCookie, 'read'> },
): void {
  const origin = originOf(request, publicUrl);
  const isProgram = hasBearer(request) && cookie.read(request) === null;
  if (origin === 'own' || (origin === 'none' && isProgram)) return;
  throw new AppError(
    'forbidden',
    'this form did not come from this page; a proxy in front of the service must pass the Host header on, or PUBLIC_URL must name the address that you use',
  );
}
