import type { Context } from './context.ts';

const home = '\u001b[H\u001b[J';
/**
 * Draws again and again, in the same place of a terminal; elsewhere only what is different from before.
 * @param draw gives what is to be seen
 * @param next resolves when it may be different; false when there is nothing more to come
 */
export async function watch(
  { stdout }: Pick<Context, 'stdout'>,
  draw: () => Promise<string>,
  next: () => Promise<boolean>,
): Promise<void> {
  let before = '';
  for (let goesOn = true; goesOn;) {
    const text = await draw();
    if (stdout.isTTY === true) stdout.write(`${home}${text}`);
    else if (text !== before) stdout.write(text);
    before = text;
    goesOn = await next();
  }
}
