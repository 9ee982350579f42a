/** What the use cases need of the world, in our own words. */

export type * from './ports/clock.ts';
export type * from './ports/log.ts';
export type * from './ports/trigger-store.ts';
export type * from './ports/history-store.ts';
export type * from './ports/callback-store.ts';
export type * from './ports/delivery-store.ts';
export type * from './ports/audit-log.ts';
export type * from './ports/page.ts';
export type * from './ports/gitlab.ts';
