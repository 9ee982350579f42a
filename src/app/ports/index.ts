/** What the use cases need of the world, in our own words. */

export type * from './change-feed.ts';
export type * from './clock.ts';
export type * from './log.ts';
export type * from './trigger-store.ts';
export type * from './history-store.ts';
export type * from './callback-store.ts';
export type * from './delivery-store.ts';
export type * from './audit-log.ts';
export type * from './page.ts';
export type * from './gitlab.ts';
