export interface JsonBounds {
  /** How many commas there may be: about as many items as lists and objects have in all. */
  readonly items: number;
  /** How many lists and objects there may be, within each other or not. */
  readonly groups: number;
}

const [quote, backslash, comma, openList, openObject, closeList, closeObject] = Buffer.from('"\\,[{]}');

/** Whether JSON is small enough to be parsed: deep and wide values take much longer to build than their bytes suggest. */
export function isWithinBounds(json: Buffer, { items, groups }: JsonBounds): boolean {
  // Each of them takes a byte.
  if (json.length <= Math.min(items, groups)) return true;
  let commas = 0;
  let opened = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === comma) commas += 1;
    else if (byte === openList || byte === openObject) opened += 1;
    if (commas > items || opened > groups) return false;
  }
  return true;
}

/** Whether every text, list and object that JSON opens is closed: what is cut short is no JSON, however large it is. */
export function isClosed(json: Buffer): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === openList || byte === openObject) depth += 1;
    else if (byte === closeList || byte === closeObject) depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0 && !isText;
}
