type Payload = Readonly<Record<string, unknown>>;

/** Members that came after GitLab 17, by the object they are in ('' is the payload itself). */
const newIn19: Readonly<Record<string, readonly string[]>> = {
  '': ['build_created_at_iso', 'build_started_at_iso', 'build_finished_at_iso'],
  object_attributes: ['detailed_status', 'queued_duration', 'protected_ref', 'default_branch'],
  commit: ['started_at_iso', 'finished_at_iso'],
};

/** Takes out of a payload what this GitLab version does not send yet. */
export function fitToVersion(payload: Payload, gitlabVersion: string): Payload {
  if (Number.parseInt(gitlabVersion, 10) >= 19) return payload;
  const entries = Object.entries(payload)
    .filter(([key]) => newIn19['']?.includes(key) !== true)
    .map(([key, value]) => {
      const late = newIn19[key];
      return [key, late === undefined ? value : without(value, late)] as const;
    });
  return Object.fromEntries(entries);
}

function without(value: unknown, keys: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
