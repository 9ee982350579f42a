/**
 * The bodies of the HTTP API, for callers in TypeScript: types alone, and the only exports of this package. The rest is
 * in `/openapi.json`.
 */

/** The body of `POST /v1/triggers`. */
export type { TriggerRequestInput as TriggerRequest } from './api/trigger-request.ts';

/** Its answer, also that of `GET /v1/triggers/{id}` and `/wait`. */
export type { TriggerView as Trigger } from './api/trigger-view.ts';

/** How a trigger ended. */
export type { Outcome } from './domain/trigger/trigger.ts';
