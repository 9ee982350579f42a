import type { SpanContext, Tracer as Recorder } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { DeliveryStore } from '../../app/ports/index.ts';
import type { Tracer } from '../../app/ports/tracer.ts';
import type { Delivery } from '../../domain/delivery.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { attributesOf } from './attributes.ts';
import type { ContextStorage } from './create-tracer.ts';
import { underWay } from './create-tracer.ts';

/** OpenTelemetry's default limit of links per span. */
const mostLinks = 128;

/** Traces commits: one commit serves many deliveries, so it is linked to them instead of being a part of one. */
export function createCommitTracing(recorder: Recorder, tracer: Tracer, here: ContextStorage) {
  const storing = new Map<DeliveryId, SpanContext>();

  const inbox = (store: DeliveryStore): DeliveryStore => ({
    ...store,
    add: tracer.traced(
      (delivery: Delivery) => {
        const span = trace.getSpanContext(underWay(here));
        if (span !== undefined) storing.set(delivery.id, span);
        return store.add(delivery).finally(() => storing.delete(delivery.id));
      },
      {
        name: 'store delivery',
        attributes: ({ id }) => ({ deliveryId: id }),
        resultAttributes: (result) => ({ result }),
      },
    ),
  });

  function committed(deliveries: readonly Delivery[], ms: number): void {
    const links = deliveries
      .slice(0, mostLinks)
      .flatMap(({ id }) => storing.get(id) ?? [])
      .map((context) => ({ context }));
    const endedAt = Date.now();
    const attributes = attributesOf({ count: deliveries.length });
    const startTime = endedAt - ms;
    recorder
      .startSpan('commit deliveries', { root: true, links, attributes, startTime }, ROOT_CONTEXT)
      .end(endedAt);
  }

  return { inbox, committed };
}
