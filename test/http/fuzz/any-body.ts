import fc from 'fast-check';

type Path = readonly (string | number)[];

/** Every place in a JSON value, itself not among them. */
const placesIn = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, member]) => [[...path, key], ...placesIn(member, [...path, key])])
    : [];

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

/** What nobody expects to find in a place. Lone surrogates, NUL, numbers that are none of ours. */
const anyOddity: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    -(2 ** 63),
    '\0',
    'a\0b',
    '\ud800',
    '\udfff\ud800',
    '__proto__',
    '9'.repeat(400),
    'x'.repeat(100_000),
    [],
    {},
    [null],
    [[]],
    { id: {} },
    nested(50),
    nested(500),
    JSON.parse('{"__proto__": {"polluted": true}}'),
    JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
  ),
  fc.jsonValue(),
);

const anyMutation = fc.record({
  place: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'drop', 'rename', 'add'),
  name: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'id', '\0', '\ud800', ''),
  oddity: anyOddity,
});

type Mutation = typeof anyMutation extends fc.Arbitrary<infer T> ? T : never;

/** Text of a value in which one place is otherwise. Text, since JSON may say what objects cannot: a name twice, `__proto__`. */
function mutatedText(value: unknown, path: Path, { how, name, oddity }: Mutation): string {
  const [key, ...rest] = path;
  const isList = Array.isArray(value);
  const members = Object.entries(value as object).flatMap(([each, member]): readonly [string, string][] => {
    if (each !== key) return [[each, JSON.stringify(member)]];
    if (rest.length > 0) return [[each, mutatedText(member, rest, { how, name, oddity, place: 0 })]];
    if (how === 'drop') return [];
    if (how === 'rename') return [[name, JSON.stringify(member)]];
    if (how === 'add')
      return [
        [each, JSON.stringify(member)],
        [each, JSON.stringify(oddity)],
      ];
    return [[each, JSON.stringify(oddity)]];
  });
  return isList
    ? `[${members.map(([, text]) => text).join(',')}]`
    : `{${members.map(([each, text]) => `${JSON.stringify(each)}:${text}`).join(',')}}`;
}

/** The text of one of these values, a little or very otherwise. Every one of them is JSON. */
export const anyMutated = (values: readonly unknown[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...values), fc.array(anyMutation, { maxLength: 4 })).map(([value, mutations]) => {
    let text = JSON.stringify(value);
    for (const mutation of mutations) {
      const current: unknown = JSON.parse(text);
      const places = placesIn(current);
      const path = places[mutation.place % Math.max(places.length, 1)];
      if (path !== undefined) text = mutatedText(current, path, mutation);
    }
    return text;
  });

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

const inserted = (bytes: Buffer, at: number, ...odd: readonly number[]): Buffer =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(odd), bytes.subarray(at)]);

/** What can become of bytes on their way, somewhere in them. */
const damages: Readonly<Record<string, (bytes: Buffer, at: number) => Buffer>> = {
  'cut behind': (bytes, at) => bytes.subarray(0, at),
  'cut in front': (bytes, at) => bytes.subarray(at),
  NUL: (bytes, at) => inserted(bytes, at, 0),
  'bad UTF-8': (bytes, at) => inserted(bytes, at, 0xff, 0xc0),
  BOM: (bytes) => Buffer.concat([bom, bytes]),
  'two BOMs': (bytes) => Buffer.concat([bom, bom, bytes]),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  'UTF-16': (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
};

/** Bytes that were JSON once. */
export const anyBroken = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc.tuple(text, fc.constantFrom(...Object.values(damages)), fc.nat()).map(([whole, damage, at]) => {
    const bytes = Buffer.from(whole);
    return damage(bytes, at % bytes.length);
  });

/** Whether bytes are JSON in UTF-8, with or without a byte order mark. */
export function isJson(bytes: Buffer): boolean {
  const text = bytes.subarray(0, 3).equals(bom) ? bytes.subarray(3) : bytes;
  try {
    JSON.parse(text.toString('utf8'));
  } catch {
    return false;
  }
  return Buffer.from(text.toString('utf8')).equals(text);
}
