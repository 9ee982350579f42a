import type { deliveryColumns } from './rows.ts';

/** A delivery, as a row. */
export type InboxColumns = ReturnType<typeof deliveryColumns>;

/** All of its columns: one that is left out here does not compile. */
const isColumn = {
  id: true,
  receivedAt: true,
  event: true,
  instance: true,
  userAgent: true,
  secretOrigin: true,
  pipelineId: true,
  upstreamId: true,
  result: true,
  reason: true,
  body: true,
} as const satisfies Record<keyof InboxColumns, true>;

/** Their names, in the order in which statements have them. */
export const inboxColumns = Object.keys(isColumn) as readonly (keyof InboxColumns)[];
