import { z } from 'zod';
import type { Callback } from '../domain/callback.ts';
import { callbackEvents, callbackStates } from '../domain/callback.ts';
import { timeSchema } from './trigger-view.ts';
import { isoOf } from './time.ts';

/** A callback as admins see it. */
export const callbackSchema = z
  .object({
    id: z.string().meta({ description: 'The id that the receiver gets as `X-Pipeline-Trigger-Delivery`.' }),
    trigger: z.string().meta({ description: 'The id of the trigger whose outcome it reports.' }),
    event: z.enum(callbackEvents).meta({ description: 'What it reports.' }),
    origin: z.string().meta({ description: 'Where it goes, without path and query, which may be secret.' }),
    state: z.enum(callbackStates),
    tries: z.int(),
    lastStatus: z.int().nullable().meta({ description: 'What the receiver answered the last time.' }),
    lastError: z.string().nullable().meta({ description: 'Why the last try did not deliver it.' }),
    createdAt: timeSchema,
    lastTriedAt: timeSchema.nullable(),
    nextTryAt: timeSchema.nullable(),
  })
  .meta({ id: 'Callback', description: 'One receiver that is notified of how a trigger ended.' });

export type CallbackView = z.infer<typeof callbackSchema>;

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));

export const callbackView = (callback: Callback): CallbackView => ({
  id: callback.id,
  trigger: callback.triggerId,
  event: callback.event,
  origin: callback.origin,
  state: callback.state,
  tries: callback.tries,
  lastStatus: callback.lastStatus,
  lastError: callback.lastError,
  createdAt: isoOf(callback.createdAt),
  lastTriedAt: isoOrNull(callback.lastTriedAt),
  nextTryAt: isoOrNull(callback.dueAt),
});
