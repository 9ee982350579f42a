/**
 * Text that GitLab, a job or a webhook wrote, made safe for a terminal and for the log of a job: it cannot move the
 * cursor, set a title or the clipboard, hide the text before it, or open and close sections of GitLab's log view.
 * Every pattern here takes time in proportion to the length of the text, whatever the text is.
 */

/** Longer than any title, hyperlink or parameter list that a tool writes. */
const longest = 4_096;

/** Control Sequence Introducer, parameters, intermediates, final byte. Source: ECMA-48, section 5.4 */
const csi = String.raw`(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]`;
/** OSC, DCS, SOS, PM and APC with their content, up to their end. Source: ECMA-48, section 5.6 */
const controlString = String.raw`(?:\u001b[P\]X^_]|[\u0090\u0098\u009d-\u009f])[^\u0000-\u001f\u007f-\u009f]{0,${longest}}(?:\u0007|\u001b\\|\u009c)`;
/** Any other escape sequence: reset, save the cursor, choose a character set; also one that is broken off. */
const escape = String.raw`\u001b[ -/]{0,8}[0-~]`;
const sequence = `${csi}|${controlString}|${escape}`;
/** Other controls, and marks that break lines or turn the direction of writing around; line feed, tab and carriage return are not among them. */
const control = String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]`;
/** The begin or end of a section. Source: GitLab lib/gitlab/regex.rb, build_trace_section_regex */
const section = String.raw`section_(?:start|end):\d{1,20}:[\w.-]{1,255}(?:\[[^\]\r\n]{0,255}\])?\r`;

const removable = new RegExp(`${section}|${sequence}|${control}`, 'g');
const sequences = new RegExp(sequence, 'g');
const unprintable = new RegExp(`(?:${control}|[\\t\\r\\n])+`, 'g');

/** Colours (SGR). */
const color = /\u001b\[[\d;:]*m/g;
/** Colours, and "erase to the end of the line" (EL 0), which runners begin each line with. */
const harmless = /^\u001b\[(?:[\d;:]*m|0?K)$/;
const resetsColors = /^\u001b\[[0;]*m$/;
const reset = '\u001b[0m';

const kept = String.raw`(?:\u001b\[[\d;:]{0,64}[mK])*`;
/** A pattern for the letters of a word, however they are coloured. */
const spaced = (word: string): string => word.split(/(?!^)/).join(kept);
/** Would be a marker of a section if a carriage return followed. */
const markerWord = new RegExp(
  `${spaced('section_')}(?=${kept}(?:${spaced('start:')}|${spaced('end:')}))`,
  'g',
);
const breakMarkers = (text: string): string => text.replaceAll(markerWord, (word) => `${word.slice(0, -1)}-`);

/** A carriage return starts its line again, as GitLab's log view shows it: the text before it is removed. */
function visibleIn(line: string): string {
  const at = line.lastIndexOf('\r') + 1;
  return at === 0 ? line : (line.slice(0, at).match(color) ?? []).join('') + line.slice(at);
}

/** Carriage returns directly before a line feed do not restart the line. */
const lineEnds = /(?<!\r)\r+(?=\n|$)/g;

/** Removes everything in one pass, so that no two parts become a sequence that was not there. */
function clean(text: string, keeps: (found: string) => boolean): string {
  const lines = text
    .replaceAll(removable, (found) => (keeps(found) ? found : ''))
    .replaceAll(lineEnds, '')
    .split('\n');
  return breakMarkers(lines.map(visibleIn).join('\n'));
}

/** Several lines as text alone. */
export const plainText = (text: string): string => clean(text, () => false);

/** The log of a job: its colours are kept, and reset at its end. */
export function coloredText(text: string): string {
  const shown = clean(text, (found) => harmless.test(found));
  const last = shown.match(color)?.at(-1);
  return last === undefined || resetsColors.test(last) ? shown : shown + reset;
}

/** Printable ASCII, in which nothing but a marker can be found; most lines are. */
const plainAscii = /^[ -~]*$/;

/** A name or a message: text alone, on one line. */
export const plainLine = (text: string): string =>
  plainAscii.test(text) && !text.includes('section_')
    ? text
    : breakMarkers(text.replaceAll(sequences, '').replaceAll(unprintable, ' '));

/** JSON whose strings a terminal cannot take for controls: they are escaped, and the values stay what they are. */
export const plainJson = (value: unknown): string => escapeControls(JSON.stringify(value));

/** The same for text that is JSON. */
export const escapeControls = (json: string): string =>
  json.replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
