/**
 * The bodies of the HTTP API, for those who call it from TypeScript: all that this package exports, and types alone. What
 * is not here is in `/openapi.json`.
 */

/** What `POST /v1/triggers` takes. */
export type { TriggerRequestInput as TriggerRequest } from './api/trigger-request.ts';

/** What it answers, as do `GET /v1/triggers/{id}` and `/wait`. */
export type { TriggerView as Trigger } from './api/trigger-view.ts';

/** How a trigger ended. */
export type { Outcome } from './domain/trigger/trigger.ts';
