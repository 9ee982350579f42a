import { expect, test } from 'vitest';
import { AnswerTooLong, textOf, wholeText } from '../../../src/gitlab/rest/read-body.ts';
import { textOf as joined } from '../../support/streams.ts';

const bytes = (...pieces: readonly (string | readonly number[])[]): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const piece of pieces)
          controller.enqueue(typeof piece === 'string' ? Buffer.from(piece) : Uint8Array.from(piece));
        controller.close();
      },
    }),
  );

/** An answer without end, and whether it was called off. */
function endless(piece = 'x'.repeat(65_536)) {
  let isCanceled = false;
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.from(piece)),
    cancel: () => void (isCanceled = true),
  });
  return { response: new Response(stream), isCanceled: () => isCanceled };
}

test('the text of an answer comes in pieces, and characters are whole', async () => {
  const [first = 0, second = 0] = Buffer.from('ü');
  expect(await joined(textOf(bytes('a', [first], [second], 'b')))).toBe('aüb');
  expect(await joined(textOf(bytes([first])))).toBe('\ufffd');
  expect(await joined(textOf(new Response(null)))).toBe('');
});

test('an answer that its reader leaves is called off', async () => {
  const { response, isCanceled } = endless();
  for await (const piece of textOf(response)) {
    expect(piece).toHaveLength(65_536);
    break;
  }
  expect(isCanceled()).toBe(true);
});

test('a piece that does not come in time ends the reading, and calls the answer off', async () => {
  let isCanceled = false;
  const silent = new Response(new ReadableStream({ cancel: () => void (isCanceled = true) }));
  await expect(joined(textOf(silent, 20))).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(isCanceled).toBe(true);
});

test('a whole answer is read up to its limit, and called off beyond it', async () => {
  expect(await wholeText(bytes('ab', 'cd'), 4)).toBe('abcd');
  await expect(wholeText(bytes('ab', 'cde'), 4)).rejects.toBeInstanceOf(AnswerTooLong);
  const { response, isCanceled } = endless();
  await expect(wholeText(response)).rejects.toBeInstanceOf(AnswerTooLong);
  expect(isCanceled()).toBe(true);
});
