/** A time as a person says it: `42s`, `3m 5s`, `2h 0m`. @param ms milliseconds */
export function elapsedText(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}
