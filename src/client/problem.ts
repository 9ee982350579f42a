const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** What the service says is wrong (RFC 9457); null when it is not the service that speaks. */
export function detailIn(body: unknown): string | null {
  const { detail, title } = isRecord(body) ? body : {};
  if (typeof detail === 'string') return detail;
  return typeof title === 'string' ? title : null;
}
