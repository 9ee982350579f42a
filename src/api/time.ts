/** A time as the API writes it: ISO 8601, UTC. @param ms since the epoch */
export const isoOf = (ms: number): string => new Date(ms).toISOString();
