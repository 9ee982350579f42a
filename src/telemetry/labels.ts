/** Those that GitLab is known to answer with; what a proxy makes up is folded. */
const knownStatuses = new Set([
  200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504,
]);

/** Of an answer of GitLab. @param status null when there was none */
export const statusLabel = (status: number | null): string => {
  if (status === null) return 'none';
  return knownStatuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
};

export const playResults = ['played', 'refused', 'unclear'] as const;

/** Of an answer of GitLab to a play. @param status null when there was none */
export function playResult(status: number | null): (typeof playResults)[number] {
  if (status === null || status >= 500) return 'unclear';
  return status < 300 ? 'played' : 'refused';
}
