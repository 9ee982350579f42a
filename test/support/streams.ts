/** All that a stream of text gives. */
export async function textOf(
  stream: AsyncIterable<string> | Promise<AsyncIterable<string>>,
): Promise<string> {
  let text = '';
  for await (const piece of await stream) text += piece;
  return text;
}

/** Text as it comes over a connection. */
export async function* inPieces(...pieces: readonly string[]): AsyncGenerator<string> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
