/** One event of a stream, or a comment that keeps the connection alive. */
export type StreamItem =
  | { readonly kind: 'event'; readonly id: string | null; readonly name: string; readonly data: string }
  | { readonly kind: 'comment' };

function readBlock(block: string): StreamItem | null {
  const fields = new Map<string, string>();
  let hasComment = false;
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === '') hasComment = true;
    else if (name === 'data' && fields.has('data'))
      fields.set('data', `${fields.get('data') ?? ''}\n${value}`);
    else fields.set(name, value);
  }
  const data = fields.get('data');
  if (data !== undefined)
    return { kind: 'event', id: fields.get('id') ?? null, name: fields.get('event') ?? 'message', data };
  return hasComment ? { kind: 'comment' } : null;
}

/** Reads Server-Sent Events. Source: WHATWG HTML, section 9.2.6 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamItem> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text = (text + decoder.decode(chunk, { stream: true })).replaceAll('\r\n', '\n');
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const item = readBlock(block);
      if (item !== null) yield item;
    }
  }
}
