import { sendableToken, unsendable } from '../../client/token.ts';
import { WrongValue } from './flag.ts';
import { withoutTrailingSlashes } from '../../domain/text.ts';

/** Text as Python's `repr` shows it, which argparse quotes values with. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `${quote}${escaped}${quote}`;
}

/** Any text, the empty one included. */
export const readText = (text: string): string => text;

/** The numbers that Python's `int()` accepts. */
export function readInteger(text: string): number {
  const digits = text.trim();
  if (!/^[+-]?\d+(?:_\d+)*$/.test(digits)) throw new WrongValue(`invalid int value: ${repr(text)}`);
  return Number(digits.replaceAll('_', ''));
}

const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['yes', 'true', 't', 'y', '1'].map((word) => [word, true])),
  ...Object.fromEntries(['no', 'false', 'f', 'n', '0'].map((word) => [word, false])),
};

export function readBoolean(text: string): boolean {
  const word = text.toLowerCase();
  const value = Object.hasOwn(booleans, word) ? booleans[word] : undefined;
  if (value === undefined) throw new WrongValue('Boolean value expected.');
  return value;
}

/** One of a few words. */
export const readChoice = <Choice extends string>(choices: readonly Choice[]) =>
  function readChosen(text: string): Choice {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined)
      throw new WrongValue(`invalid choice: ${repr(text)} (choose from ${choices.map(repr).join(', ')})`);
    return chosen;
  };

const longestSeconds = 31_536_000;

/** A whole number of seconds, up to a year. */
export function readSeconds(text: string): number {
  const seconds = readInteger(text);
  if (seconds < 1 || seconds > longestSeconds)
    throw new WrongValue(`expected seconds from 1 to ${longestSeconds}`);
  return seconds;
}

/** Source: CONTRACT, section 9 */
const mostRetries = 5;

/** How often jobs of one name are retried. @throws WrongValue */
export function readRetries(text: string): number {
  const count = readInteger(text);
  if (count < 1 || count > mostRetries) throw new WrongValue(`expected a number from 1 to ${mostRetries}`);
  return count;
}

/** A name and the text after the first `=`; null without one. */
export function splitPair(text: string): readonly [name: string, value: string] | null {
  const at = text.indexOf('=');
  return at < 0 ? null : [text.slice(0, at), text.slice(at + 1)];
}

/** `K=V` of a pipeline input. Inputs have types: lists and objects are those, and so is what JSON writes in just this way (`3`, `true`). */
export function readInput(text: string): readonly [name: string, value: unknown] {
  const pair = splitPair(text);
  if (pair === null || pair[0] === '') throw new WrongValue('expected NAME=VALUE');
  return [pair[0], jsonOr(pair[1])];
}

/** `1.10` stays text: as a number it would be `1.1`. */
function jsonOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isStructure = typeof value === 'object' && value !== null;
    return isStructure || (value !== null && JSON.stringify(value) === text.trim()) ? value : text;
  } catch {
    return text;
  }
}

/** An http or https URL, without a slash at the end; null for none, so that an unset CI variable means none. */
export function readUrl(text: string): string | null {
  if (text === '') return null;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new WrongValue('expected an http or https URL');
  // `fetch` accepts no user in a URL, and the key needs the header that a user would take.
  const { username, password } = new URL(text);
  if (username !== '' || password !== '')
    throw new WrongValue('expected an http or https URL without user and password');
  return withoutTrailingSlashes(text);
}

/** A token that can be sent in a header. @throws WrongValue whose message does not show it */
export function readToken(text: string): string {
  const token = sendableToken(text);
  if (token === null) throw new WrongValue(unsendable);
  return token;
}

/** Names between commas. Those of a matrix have commas of their own: `deploy: [aws, prod]`. */
export function splitNames(list: string): readonly string[] {
  const names: string[] = [];
  const lastClosing = list.lastIndexOf(']');
  let start = 0;
  for (let at = 0; at < list.length; at += 1) {
    // An unclosed bracket does not group anything.
    if (list[at] === '[' && at < lastClosing) at = list.indexOf(']', at);
    if (list[at] !== ',') continue;
    names.push(list.slice(start, at));
    start = at + 1;
  }
  return [...names, list.slice(start)];
}
