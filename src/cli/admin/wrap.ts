import stringWidth from 'string-width';

/** Narrower paragraphs cannot be read. */
const leastWidth = 20;

/**
 * The lines of a paragraph, broken at blanks, each behind the indent. A word that is wider than a line stays whole: it may
 * be a command to copy.
 * @param width of the terminal in columns
 */
export function wrapped(text: string, width: number, indent = ''): readonly string[] {
  const available = Math.max(width - stringWidth(indent), leastWidth);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && stringWidth(last) + 1 + stringWidth(word) <= available)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}${line}`.trimEnd());
}
