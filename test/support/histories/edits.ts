type Path = readonly (string | number)[];

/** What turns one JSON value into another: the places that differ, each with what stands there afterwards. */
export type Edits = readonly (readonly [Path, unknown])[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two values have members of the same names: then they are compared member by member. */
function haveSameShape(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length;
  if (!isObject(one) || !isObject(other)) return false;
  return JSON.stringify(Object.keys(one)) === JSON.stringify(Object.keys(other));
}

export function editsBetween(before: unknown, after: unknown, path: Path = []): Edits {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!haveSameShape(before, after)) return [[path, after]];
  return Object.entries(after as object).flatMap(([key, value]) =>
    editsBetween((before as Record<string, unknown>)[key], value, [...path, key]),
  );
}

export function edited(before: unknown, edits: Edits): unknown {
  return edits.reduce((value, [path, replacement]) => withMember(value, path, replacement), before);
}

function withMember(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item: unknown, index) =>
      index === Number(key) ? withMember(item, rest, replacement) : item,
    );
  const record = value as Record<string, unknown>;
  return { ...record, [key]: withMember(record[key], rest, replacement) };
}
