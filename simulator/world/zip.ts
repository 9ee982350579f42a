import { crc32 } from 'node:zlib';

/** An archive whose files are stored as they are. Source: APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.12 and 4.3.16 */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, content] = [Buffer.from(path), Buffer.from(text)];
    const sizes = numbers(
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, name.length],
      [2, 0],
    );
    const common = Buffer.concat([numbers([2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21]), sizes]);
    const entry = Buffer.concat([signature(0x04034b50), common, name, content]);
    directory.push(
      Buffer.concat([
        ...[signature(0x02014b50), numbers([2, 20]), common],
        ...[numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name],
      ]),
    );
    bodies.push(entry);
    offset += entry.length;
  }
  const index = Buffer.concat(directory);
  const count = directory.length;
  const end = numbers([2, 0], [2, 0], [2, count], [2, count], [4, index.length], [4, offset], [2, 0]);
  return Buffer.concat([...bodies, index, signature(0x06054b50), end]);
}

const signature = (value: number): Buffer => numbers([4, value]);

/** Numbers of two or four bytes each, the lowest byte first. */
function numbers(...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, bytes);
      return buffer;
    }),
  );
}
