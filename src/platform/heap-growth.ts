import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets garbage pile up where memory is free: with ten thousand callers that is as much as all they need. Limited, it
 * collects earlier. V8 reads both flags whenever it is about to grow, so they can be changed while it runs.
 * Source: V8 src/flags/flag-definitions.h; 2 and 0 are its own values
 */
export function limitHeapGrowth(isLimited: boolean): void {
  // How many times larger the space of young objects becomes when many of them survive: 1 leaves it as it is.
  setFlagsFromString(`--semi-space-growth-factor=${isLimited ? 1 : 2}`);
  // By how many percent the old space may grow until it is collected; 0 lets V8 decide, mostly for several hundred.
  setFlagsFromString(`--heap-growing-percent=${isLimited ? 40 : 0}`);
}
