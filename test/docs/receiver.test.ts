import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Tokens } from 'marked';
import { lexer } from 'marked';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { node } from '../support/run-command.ts';
import { startService } from '../support/start-service.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { pageAt } from './support/read-pages.ts';

const secret = 'callback-secret';

/** Runs the receiver that the page shows. */
function startReceiver(port: number): () => string {
  const block = lexer(pageAt('docs/callbacks.md').text).find(
    (token): token is Tokens.Code => token.type === 'code' && (token as Tokens.Code).lang === 'js',
  );
  const directory = makeTemporaryDirectory();
  onTestFinished(directory.remove);
  const file = path.join(directory.path, 'receiver.mjs');
  writeFileSync(file, block?.text ?? '');
  const env = { CALLBACK_SECRET: secret, PORT: String(port) };
  const child = spawn(node, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return () => printed;
}

test('the receiver of the page takes what is signed, once, and nothing else', async () => {
  const port = await freePort();
  const printed = startReceiver(port);
  const url = `http://127.0.0.1:${port}/`;
  const post = (headers: Record<string, string>) =>
    eventually(() => fetch(url, { method: 'POST', body: '{}', headers }));
  expect((await post({})).status).toBe(401);
  expect((await post({ 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).status).toBe(401);

  const env = { CALLBACK_ALLOWED_HOSTS: `127.0.0.1:${port}`, CALLBACK_SECRET: secret };
  const { service, trigger, finished, call, stop } = await startService({ env });
  onTestFinished(stop);
  const stopping = new AbortController();
  const ended = service.callbacks.run(stopping.signal);
  const { id } = await trigger({ project: 'group/green', ref: 'main', callbackUrl: url });
  await finished(id);
  await eventually(async () => {
    const { json } = await call('GET', '/v1/callbacks');
    expect(json).toMatchObject({ items: [{ trigger: id, state: 'delivered' }] });
  });
  stopping.abort();
  await ended;
  await eventually(() => expect(printed()).toBe('group/green main: success\n'));
});
