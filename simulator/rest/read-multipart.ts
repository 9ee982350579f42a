/** The text fields of a `multipart/form-data` body, which `curl --form` sends, as GitLab's documentation shows it. */
export function readMultipart(body: Buffer, contentType: string): [string, string][] {
  const [, quoted, bare] = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return [];
  // Latin-1 keeps every byte as one character, so the text can be cut before it is decoded.
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1);
  return parts.flatMap((part) => {
    const end = part.indexOf('\r\n\r\n');
    const [, name] = /name="([^"]*)"/.exec(part.slice(0, end)) ?? [];
    return name === undefined ? [] : [[decode(name), decode(part.slice(end + 4))]];
  });
}

function decode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
