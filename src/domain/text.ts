/** More names than that are counted: a reason is for people, and a pipeline may have thousands of jobs. */
const mostNames = 50;

/** The names of some things, as text. */
export function namesOf(things: readonly { readonly name: string }[]): string {
  const shown = things.slice(0, mostNames).map(({ name }) => name);
  return `${shown.join(', ')}${things.length > mostNames ? ` and ${things.length - mostNames} more` : ''}`;
}

/** A text that is cut where it is longer; a character is not cut in halves. */
export function clip(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const end = /[\uD800-\uDBFF]$/.test(text.slice(longest - 2, longest - 1)) ? longest - 2 : longest - 1;
  return `${text.slice(0, end)}…`;
}

/** A few of many texts, each of them cut: `a, b, c and 4 more`. */
export function clipList(
  texts: readonly string[],
  { most, longest }: { most: number; longest: number },
): string {
  const shown = texts.slice(0, most).map((text) => clip(text, longest));
  return `${shown.join(', ')}${texts.length > most ? ` and ${texts.length - most} more` : ''}`;
}

/** An address without slashes at its end. A pattern would take time in the square of slashes that are not at the end. */
export function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '/') end -= 1;
  return text.slice(0, end);
}
