/** Whether a value of unknown JSON has members; they are unknown in turn. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
