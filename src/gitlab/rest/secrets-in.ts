/** The values in the body of a request to GitLab that may be secret: variables, inputs, tokens. */
export function secretsIn(body: unknown): readonly string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    /variables|inputs|token/.test(name) ? textsIn(value) : [],
  );
}

/** All texts at any depth; the values of a list of `{key, value}`. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const members = 'key' in value && 'value' in value ? [value.value] : Object.values(value);
  return members.flatMap(textsIn);
}
