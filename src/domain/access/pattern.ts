/** No name is longer; a longer value matches `**` only. */
const longest = 10_000;

/**
 * Whether a pattern matches a whole text: `*` matches anything but a slash, `**` anything, all else itself.
 * Takes time in proportion to the text, whatever the pattern: the caller may have chosen the text.
 */
export function matches(text: string, pattern: string): boolean {
  if (pattern === '**') return true;
  if (text.length > longest) return false;
  const star = pattern.indexOf('*');
  if (star === -1) return text === pattern;
  if (!text.startsWith(pattern.slice(0, star))) return false;
  const rest = pattern.slice(star);
  if (rest === '*') return !text.includes('/', star);
  return rest === '**' || matchesTokens(text, star, rest.match(/\*\*|[^]/g) ?? []);
}

const [anyButSlash, anything] = [-1, -2];

/** Keeps the set of all positions in the pattern that the text read so far can have reached. */
function matchesTokens(text: string, start: number, tokens: readonly string[]): boolean {
  const end = tokens.length;
  const codes = tokens.map((token) =>
    token === '**' ? anything : token === '*' ? anyButSlash : token.charCodeAt(0),
  );
  let places = new Uint8Array(end + 1);
  let next = new Uint8Array(end + 1);
  places[0] = 1;
  skipStars(places, codes);
  for (let at = start; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    let isLost = true;
    next.fill(0);
    for (let place = 0; place < end; place += 1) {
      if (places[place] === 0) continue;
      const code = codes[place];
      if (code === anything || (code === anyButSlash && char !== slash)) next[place] = 1;
      else if (code === char) next[place + 1] = 1;
      else continue;
      isLost = false;
    }
    if (isLost) return false;
    skipStars(next, codes);
    [places, next] = [next, places];
  }
  return places[end] === 1;
}

const slash = '/'.charCodeAt(0);

/** Stars may match nothing. */
function skipStars(places: Uint8Array, codes: readonly number[]): void {
  for (let place = 0; place < codes.length; place += 1)
    if (places[place] === 1 && (codes[place] ?? 0) < 0) places[place + 1] = 1;
}

/**
 * Whether a pattern matches a project, by its path, ignoring case as GitLab does. A project named by its id, whose path
 * is unknown, matches that id and stars alone.
 */
export const matchesProject = (project: string, pattern: string): boolean =>
  /^\d+$/.test(project)
    ? pattern === project || /^\*+$/.test(pattern)
    : matches(project.toLowerCase(), pattern.toLowerCase());

/** Whether a project, found in GitLab under a name that was authorized, is the named one, or one that the patterns match. */
export function mayUseProject(
  { id, path }: { readonly id: string; readonly path: string },
  name: string,
  patterns: readonly string[],
): boolean {
  if (name === id || name.toLowerCase() === path.toLowerCase()) return true;
  return patterns.some((pattern) => pattern === id || matchesProject(path, pattern));
}
