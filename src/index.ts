/**
 * The bodies of the HTTP API, for those who call it from TypeScript: all that this package exports, and types alone. What
 * is not here is in `/openapi.json`.
 */
import type { z } from 'zod';
import type { triggerRequestSchema } from './api/trigger-request.ts';
import type { triggerSchema } from './api/trigger-view.ts';

/** What `POST /v1/triggers` takes. */
export type TriggerRequest = z.input<typeof triggerRequestSchema>;

/** What it answers, as do `GET /v1/triggers/{id}` and `/wait`. */
export type Trigger = z.output<typeof triggerSchema>;

/** How a trigger ended. */
export type Outcome = NonNullable<Trigger['outcome']>;
