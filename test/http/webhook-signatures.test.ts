import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { exchange, open, readAnswer, requestBytes } from '../support/raw-exchange.ts';
import { readFixture } from '../support/hook-fixtures.ts';
import { startService } from '../support/start-service.ts';

interface Vector {
  readonly signing_token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body_utf8: string;
}
const file = new URL('../fixtures/hooks/signing-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };

const token = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const madeAt = 1_780_000_000;
let seconds = madeAt;

/** GitLab 19 with signing tokens alone, the old ones still known. */
const world = await startService({
  env: {
    WEBHOOK_SECRET: '',
    WEBHOOK_SIGNING_TOKEN: [...vectors.map((vector) => vector.signing_token), token].join(', '),
    RELAY_SECRET: 'relay-secret',
  },
  now: () => seconds * 1000,
  hooks: false,
});
afterAll(world.stop);

const path = '/webhooks/gitlab';
const hook = readFixture('gitlab_docs_19_pipeline_hook');
type Headers = Readonly<Record<string, string | readonly string[]>>;

const post = (headers: Headers, body: string | Buffer = hook) =>
  exchange(world.url, { path, headers: { 'content-type': 'application/json', ...headers }, body });

let count = 0;
function signed(bytes: string | Buffer, timestamp = String(madeAt)) {
  const id = `id-${(count += 1)}`;
  const hmac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${timestamp}.`).update(bytes);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${hmac.digest('base64')}`,
  };
}

/** The answer to every wrong signature, whatever was wrong. */
const refusal = {
  type: '/problems/unauthorized',
  title: 'Authentication is missing or wrong',
  status: 401,
  detail: 'the secret token or signature is missing or wrong',
};

async function isRefused(headers: Headers, body?: string | Buffer): Promise<void> {
  const answer = await post(headers, body);
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.body)).toEqual(refusal);
}

test.each(vectors)('the vector $headers.webhook-id is authentic', async ({ headers, body_utf8: body }) => {
  seconds = Number(headers['webhook-timestamp']);
  const { status } = await post(headers, body);
  seconds = madeAt;
  // An empty body comes from whom it says, but is not JSON.
  expect(status).toBe(body === '' ? 400 : 202);
});

test.each([
  [-301, 401],
  [-300, 202],
  [300, 202],
  [301, 401],
])('%i seconds after it was made it is answered %i', async (late, status) => {
  seconds = madeAt + late;
  const answer = await post(signed(hook));
  seconds = madeAt;
  expect(answer.status).toBe(status);
});

describe('a refusal says the same', () => {
  test('whatever is wrong with a signature', async () => {
    const right = signed(hook);
    await isRefused({});
    await isRefused({ 'x-gitlab-token': token });
    await isRefused({ ...right, 'webhook-signature': '' });
    await isRefused({ ...right, 'webhook-signature': 'v1,bm9uZQ==' });
    await isRefused({ ...right, 'webhook-id': '' });
    await isRefused({ ...right, 'webhook-timestamp': 'now' });
    await isRefused(right, `${hook} `);
    await isRefused({ 'x-hub-signature-256': 'sha256=0' });
    const { 'webhook-signature': _left, ...unsigned } = right;
    await isRefused(unsigned);
  });

  test('when a header is sent twice', async () => {
    const right = signed(hook);
    for (const name of ['webhook-id', 'webhook-timestamp'] as const)
      await isRefused({ ...right, [name]: [right[name], right[name]] });
  });

  test('to a delivery that is signed, but not as it came', async () => {
    const noText = Buffer.from([0x22, 0xff, 0x22]);
    expect((await post(signed(noText), noText)).status).toBe(400);
    await isRefused(signed(noText.toString('utf8')), noText);
  });
});

test('without a signature nobody is let send a body', async () => {
  const socket = await open(world.url);
  const headers = {
    'content-type': 'application/json',
    'content-length': '1000000',
    'x-gitlab-token': 'wrong',
  };
  // Not a byte of the body is sent.
  socket.write(requestBytes({ path, headers }));
  expect((await readAnswer(socket)).status).toBe(401);
});
