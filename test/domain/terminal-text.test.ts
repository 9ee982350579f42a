import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  coloredText,
  escapeControls,
  plainJson,
  plainLine,
  plainText,
} from '../../src/domain/terminal-text.ts';

const bell = '\u0007';
const esc = '\u001b';

describe('a log', () => {
  test.each<readonly [what: string, log: string, shown: string]>([
    [
      'colours',
      `${esc}[31;1mred${esc}[0m ${esc}[38;5;208mx${esc}[m`,
      `${esc}[31;1mred${esc}[0m ${esc}[38;5;208mx${esc}[m`,
    ],
    ['a colour that is left on ends with the log', `${esc}[31mred\n`, `${esc}[31mred\n${esc}[0m`],
    ['erase to the end of the line', `${esc}[0Ka${esc}[Kb`, `${esc}[0Ka${esc}[Kb`],
    ['erase the line, or what is above', `${esc}[1Ka${esc}[2Kb${esc}[2Jc`, 'abc'],
    ['the cursor is moved', `a${esc}[1A${esc}[10;5Hb${esc}7${esc}8${esc}Mc${esc}[s${esc}[u`, 'abc'],
    ['the clipboard is set (OSC 52)', `a${esc}]52;c;cHduZWQ=${bell}b${esc}]52;c;cHduZWQ=${esc}\\c`, 'abc'],
    ['the title is set', `a${esc}]0;pwn${bell}b`, 'ab'],
    ['a link keeps its text', `${esc}]8;;http://x${esc}\\text${esc}]8;;${esc}\\`, 'text'],
    ['a control string without an end loses its introducer', `a${esc}]0;pwn\nb`, 'a0;pwn\nb'],
    ['C1 controls', 'a\u009b2Jb\u009d0;pwn\u009cc\u0085d\u0090q\u009ce', 'abcde'],
    ['backspaces', 'ok\b\bNO\u007f', 'okNO'],
    ['reset, character sets, broken sequences', `a${esc}c${esc}(0b${esc}[12;c${esc}[${esc}`, 'ab'],
    ['nothing recombines', `${esc}[0${esc}[0KK${esc}${esc}[2J[2J`, `0${esc}[0KK[2J`],
    ['a sequence within a sequence', `${esc}${bell}[2J${esc}\u0000]0;x${bell}`, '[2J]0;x'],
    ['tabs and line feeds stay', 'a\tb\n\nc', 'a\tb\n\nc'],
    ['returns before a line feed', 'a\r\nb\r\r\nc\r', 'a\nb\nc'],
    ['a line that is written over is shown as it was last', '10 %\r99 %\r100 %\nnext', '100 %\nnext'],
    ['colours outlive a line that is written over', `${esc}[32m1 %\r2 %${esc}[0m`, `${esc}[32m2 %${esc}[0m`],
    [
      'sections',
      `section_start:1:a[collapsed=true]\r${esc}[0KHead\nb\nsection_end:2:a\r${esc}[0K\n`,
      `${esc}[0KHead\nb\n${esc}[0K\n`,
    ],
    ['sections without a return', 'section_end:1:a', 'section-end:1:a'],
    ['sections in pieces', 'section_section_end:1:a\rend:2:b\rc', 'c'],
    ['words that are no marker', 'my_section_name section_ends', 'my_section_name section_ends'],
    ['marks that turn text around', 'a\u202eb\u2066c\u2028d', 'abcd'],
    ['other languages and emojis', 'lovely emojis \u{1F680} ü 组', 'lovely emojis \u{1F680} ü 组'],
  ])('%s', (_what, log, shown) => {
    expect(coloredText(log)).toBe(shown);
  });

  test('whose section marker is in pieces closes no section', () => {
    expect(plainText(`section_e${esc}[0Knd:1:x\r${esc}[0Ky`)).toBe('y');
    expect(plainText(`section_e${esc}[0Knd:1:x`)).toBe('section-end:1:x');
    expect(coloredText(`section_e${esc}[0Knd:1:x`)).toBe(`section-e${esc}[0Knd:1:x`);
  });
});

test.each([
  [`job ${esc}]0;pwn${bell} ${esc}[2J`, 'job  '],
  [`${esc}[31mred\r\nline\u202e`, 'red line '],
  ['\u009b1A', ''],
  ['deploy: [aws, prod]', 'deploy: [aws, prod]'],
  [`section_end:1:x\r${esc}[0K`, 'section-end:1:x '],
])('the name %j is shown as %j', (name, shown) => {
  expect(plainLine(name)).toBe(shown);
});

const parts = [
  ...[esc, '\u009b', '\u009d', '\u0090', '\u009c', '\r', '\n', '\t', '\b', bell, '\u0000', '\u007f'],
  ...['[', ']', '0', '1', ';', ':', 'm', 'K', 'J', 'H', '\\', 'P', '(', '52;c;', ' ', 'text', '\u202e'],
  ...['section_', 'section', '_', 'start:', 'end:', 'e', 'nd:', '1:', 'x', '[0K', `${esc}[0K`, `${esc}[31m`],
];
const hostile = fc
  .array(fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...parts) }, fc.string({ unit: 'binary' })), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(''));

const printable = String.raw`[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]`;
const logs = new RegExp(String.raw`^(?:${printable}|[\n\t]|\u001b\[[\d;:]*m|\u001b\[0?K)*$`);
const texts = new RegExp(String.raw`^(?:${printable}|[\n\t])*$`);
const lines = new RegExp(`^${printable}*$`);
const sectionMarker = /section_(?:start|end):/;
const visible = (text: string): string => text.replaceAll(/\u001b\[[\d;:]*[mK]/g, '');

describe('whatever the text is', () => {
  test('a log shows text, colours and erasing to the end of the line, and no marker of a section', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = coloredText(text);
        expect(shown).toMatch(logs);
        expect(visible(shown)).not.toMatch(sectionMarker);
      }),
      { numRuns: 2_000 },
    );
  });

  test('plain text has no control besides line feeds and tabs, and is its own plain text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = plainText(text);
        expect(shown).toMatch(texts);
        expect(shown).not.toMatch(sectionMarker);
        expect(plainText(shown)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a name is one line without any control, and is its own plain line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = plainLine(text);
        expect(shown).toMatch(lines);
        expect(shown).not.toMatch(sectionMarker);
        expect(plainLine(shown)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });

  test('printable text stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[\u0020-\u007e\u00a1-\u00ff\u0100-\u0200]*$/)), (words) => {
        const text = words.join('\n').replaceAll('section_', '');
        expect([plainText(text), coloredText(text)]).toEqual([text, text]);
      }),
    );
  });

  test('JSON keeps its values, and a terminal takes nothing in it for a control', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = plainJson({ text });
        expect(json).toMatch(lines);
        expect(JSON.parse(json)).toEqual({ text });
        expect(escapeControls(json)).toBe(json);
      }),
    );
  });

  test.each([
    ...['section_start:1:', 'section_', 's', '\r', '\u009d', '\u0090', `${esc}]`, `${esc}[`, `${esc}[0`],
    ...[`${esc}[31m`, `s${esc}[0K`, `section_${esc}[0K`, `section_start:1:${'a'.repeat(255)}`, '1;', '\r\nx'],
    ...[`${esc} `, `${esc}]0;${'a'.repeat(5_000)}`, '\u2028', `section_start:${'1'.repeat(30)}`, '\rx', '[['],
  ])(
    '%j, a megabyte of it, takes time in proportion',
    (piece) => {
      const text = piece.repeat(Math.ceil(1_048_576 / piece.length));
      const start = performance.now();
      for (const show of [plainText, coloredText, plainLine]) show(text);
      // A tenth of it on an idle machine; what is quadratic takes minutes.
      expect(performance.now() - start).toBeLessThan(10_000);
    },
    60_000,
  );
});
