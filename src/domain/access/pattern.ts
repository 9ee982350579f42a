/** No name is longer; a value that is fits `**` only. */
const longest = 10_000;

/**
 * Whether a pattern stands for all of a text: `*` for anything but a slash, `**` for anything, all else for itself.
 * Takes time in proportion to the text, whatever the pattern: who asks may have chosen the text.
 */
export function matches(text: string, pattern: string): boolean {
  if (pattern === '**') return true;
  if (text.length > longest) return false;
  const tokens = pattern.match(/\*\*|[^]/g) ?? [];
  // The places in the pattern that what was read of the text may have led to.
  let places = withSkipped(new Set([0]), tokens);
  for (let at = 0; at < text.length && places.size > 0; at += 1)
    places = withSkipped(placesAfter(text.charAt(at), places, tokens), tokens);
  return places.has(tokens.length);
}

function placesAfter(char: string, places: ReadonlySet<number>, tokens: readonly string[]): Set<number> {
  const next = new Set<number>();
  for (const place of places) {
    const token = tokens[place];
    if (token === '**' || (token === '*' && char !== '/')) next.add(place);
    else if (token === char && token !== '*') next.add(place + 1);
  }
  return next;
}

/** Stars may stand for nothing. */
function withSkipped(places: Set<number>, tokens: readonly string[]): Set<number> {
  for (const place of places) if (tokens[place]?.startsWith('*') === true) places.add(place + 1);
  return places;
}

/**
 * Whether a pattern stands for a project, by its path, in which GitLab does not tell upper from lower case. One named by
 * its id, whose path we do not know, fits that id and stars alone.
 */
export const matchesProject = (project: string, pattern: string): boolean =>
  /^\d+$/.test(project)
    ? pattern === project || /^\*+$/.test(pattern)
    : matches(project.toLowerCase(), pattern.toLowerCase());
