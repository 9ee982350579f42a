import type { Delivery, Payload } from '../../domain/delivery.ts';
import type { DeliveryId, PipelineId } from '../../domain/ids.ts';
import type { Page } from './page.ts';

export interface StoredDelivery {
  readonly delivery: Delivery;
  readonly result: 'accepted' | 'ignored';
}

export interface DeliveryQuery {
  /** How the id begins; left out: any. */
  readonly idPrefix?: string | undefined;
  readonly limit: number;
  readonly cursor: string | null;
  /** Only deliveries of pipelines that no trigger of ours has. */
  readonly unmatched: boolean;
}

/** The inbox: every delivery that the service has acknowledged to GitLab. */
export interface DeliveryStore {
  /** Resolves when the delivery is on disk, with whether it was stored before. */
  add(delivery: Delivery): Promise<'added' | 'duplicate'>;
  /** @param most how many of the newest; all of them unless given */
  ofPipeline(pipelineId: PipelineId, most?: number): Promise<readonly Delivery[]>;
  /** Those of the pipelines that a delivery names as what has started its own pipeline. */
  parentsAmong(pipelineIds: readonly PipelineId[]): Promise<readonly PipelineId[]>;
  find(id: DeliveryId): Promise<StoredDelivery | undefined>;
  list(query: DeliveryQuery): Promise<Page<StoredDelivery>>;
}

/** Parses the body of a webhook, as received or as stored, into domain types. Never throws. */
export type ParsePayload = (event: string, body: unknown) => Payload;
