import { z } from 'zod';
import { deliverySchema, wholeDeliverySchema } from '../../../api/delivery-view.ts';
import { flag, idPrefix, pageOf, pageQuery } from '../query.ts';
import type { Route } from '../route.ts';

const params = { id: 'The delivery’s id.' } as const;

export const listDeliveriesRoute = {
  method: 'GET',
  path: '/v1/deliveries',
  name: 'listDeliveries',
  tag: 'Deliveries',
  summary: 'List the hooks that came',
  access: 'admin',
  query: z.object({
    unmatched: flag().meta({ description: '`1`: only those of pipelines that no trigger has.' }),
    id: idPrefix('dlv'),
    ...pageQuery,
  }),
  answers: {
    200: {
      description: 'One page, the newest first.',
      content: { 'application/json': pageOf(deliverySchema).meta({ id: 'DeliveryPage' }) },
    },
  },
  problems: ['invalid'],
} as const satisfies Route;

export const showDeliveryRoute = {
  method: 'GET',
  path: '/v1/deliveries/{id}',
  name: 'showDelivery',
  tag: 'Deliveries',
  summary: 'Show a hook that came',
  access: 'admin',
  params,
  answers: { 200: { description: 'The delivery.', content: { 'application/json': wholeDeliverySchema } } },
  problems: ['not_found'],
} as const satisfies Route;

export const replayDeliveryRoute = {
  method: 'POST',
  path: '/v1/deliveries/{id}/replay',
  name: 'replayDelivery',
  tag: 'Deliveries',
  summary: 'Apply a delivery again',
  description: 'Applies it to its triggers once more, without a second effect.',
  access: 'admin',
  params,
  answers: { 202: { description: 'The delivery.', content: { 'application/json': deliverySchema } } },
  problems: ['not_found'],
} as const satisfies Route;
